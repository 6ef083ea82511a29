#include "bench/load/schedule.hpp"

#include <gtest/gtest.h>

namespace stagecoach::bench {
namespace {

using namespace std::chrono_literals;

TEST(Schedule, SpacesRequestsEvenly) {
  const Clock::time_point start{1h};
  Schedule schedule(2000, start, start + 1s);
  std::size_t taken = 0;
  for (; !schedule.over(); schedule.take()) {
    EXPECT_EQ(schedule.next(), start + taken * 500us);
    ++taken;
  }
  EXPECT_EQ(taken, 2000u);
}

TEST(Schedule, GoesOnWhereItStoodHoweverLateARequestIsTaken) {
  const Clock::time_point start{1h};
  Schedule schedule(10, start, start + 1s);
  schedule.take();
  EXPECT_FALSE(schedule.is_due(start + 99ms));
  EXPECT_TRUE(schedule.is_due(start + 700ms));
  EXPECT_EQ(schedule.next(), start + 100ms);
}

TEST(Schedule, HasNothingDuePastItsEnd) {
  const Clock::time_point start{1h};
  Schedule schedule(10, start, start + 50ms);
  schedule.take();
  EXPECT_TRUE(schedule.over());
  EXPECT_FALSE(schedule.is_due(start + 1h));
}

TEST(Schedule, EndsEarlierIfToldButNotLater) {
  const Clock::time_point start{1h};
  Schedule schedule(10, start, start + 1s);
  schedule.end(start + 2s);
  schedule.take();
  EXPECT_FALSE(schedule.over());
  schedule.end(start + 150ms);
  EXPECT_TRUE(schedule.is_due(start + 150ms)) << "was due before";
  schedule.take();
  EXPECT_TRUE(schedule.over());
}

}  // namespace
}  // namespace stagecoach::bench
