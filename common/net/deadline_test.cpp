#include "common/net/deadline.hpp"

#include <gtest/gtest.h>

#include "common/testing/poll_until.hpp"

namespace stagecoach::net {
namespace {

using namespace std::chrono_literals;

TEST(DeadlineTest, AShareLeavesAsMuchToEachOfTheOthers) {
  const Deadline deadline(1h);
  EXPECT_LE(deadline.share(4), 15min);
  EXPECT_LE(deadline.share(2), 30min);
  EXPECT_GT(deadline.share(2), deadline.share(4));
  EXPECT_LE(deadline.share(1), 1h);
}

TEST(DeadlineTest, AShareOfNothingIsAMillisecond) {
  const Deadline deadline(1ms);
  EXPECT_TRUE(testing::poll_until([&] { return deadline.expired(); }));
  EXPECT_EQ(deadline.share(1), 1ms);
  EXPECT_EQ(deadline.share(3), 1ms);
}

TEST(DeadlineTest, WithoutATimeoutEachMayWaitForEver) {
  EXPECT_EQ(Deadline(no_timeout).share(2), no_timeout);
}

}  // namespace
}  // namespace stagecoach::net
