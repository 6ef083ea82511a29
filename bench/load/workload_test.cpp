#include "bench/load/workload.hpp"

#include <set>

#include <gtest/gtest.h>

namespace stagecoach::bench {
namespace {

TEST(Workload, ExchangesAreWhatRedisSpeaks) {
  const Workload workload(20, 5, 1.0, 1);
  EXPECT_EQ(workload.set(12).request, "*3\r\n$3\r\nSET\r\n$6\r\nkey:12\r\n$5\r\n12.12\r\n");
  EXPECT_EQ(workload.set(12).reply, "+OK\r\n");
  EXPECT_EQ(workload.get(12).request, "*2\r\n$3\r\nGET\r\n$6\r\nkey:12\r\n");
  EXPECT_EQ(workload.get(12).reply, "$5\r\n12.12\r\n");
}

TEST(Workload, EachKeyHasAValueOfItsOwn) {
  const Workload workload(1000, 64, 1.0, 1);
  std::set<std::string> replies;
  for (std::size_t key = 0; key < workload.keys(); ++key) replies.insert(workload.get(key).reply);
  EXPECT_EQ(replies.size(), 1000u);
}

TEST(Workload, TheSameSeedGivesTheSameRequests) {
  Workload one(100, 8, 0.5, 7);
  Workload two(100, 8, 0.5, 7);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(one.choose().request, two.choose().request);
}

TEST(Workload, GetRatioHoldsAtItsEnds) {
  Workload only_get(10, 8, 1.0, 1);
  Workload only_set(10, 8, 0.0, 1);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(only_get.choose().request.starts_with("*2\r\n$3\r\nGET"));
    ASSERT_TRUE(only_set.choose().request.starts_with("*3\r\n$3\r\nSET"));
  }
}

}  // namespace
}  // namespace stagecoach::bench
