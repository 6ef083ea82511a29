#include "bench/load/percentiles.hpp"

#include <gtest/gtest.h>

namespace stagecoach::bench {
namespace {

using std::chrono::nanoseconds;

TEST(Percentiles, AreSamplesByNearestRank) {
  std::vector<Latency> samples;
  for (int i = 2000; i >= 1; --i) samples.emplace_back(i);  // the order must not matter
  const Percentiles found = percentiles(samples);
  EXPECT_EQ(found.p50, nanoseconds(1000));
  EXPECT_EQ(found.p90, nanoseconds(1800));
  EXPECT_EQ(found.p99, nanoseconds(1980));
  EXPECT_EQ(found.p99_9, nanoseconds(1998));
  EXPECT_EQ(found.max, nanoseconds(2000));
  EXPECT_EQ(found.mean, nanoseconds(1000));  // 1000.5, cut
}

TEST(Percentiles, OfFewSamplesAreTheGreatest) {
  const Percentiles found = percentiles({nanoseconds(3), nanoseconds(1), nanoseconds(2)});
  EXPECT_EQ(found.p50, nanoseconds(2));
  EXPECT_EQ(found.p99, nanoseconds(3));
  EXPECT_EQ(found.p99_9, nanoseconds(3));
}

TEST(Percentiles, OfNothingAreZero) {
  const Percentiles found = percentiles({});
  EXPECT_EQ(found.p50, nanoseconds(0));
  EXPECT_EQ(found.max, nanoseconds(0));
  EXPECT_EQ(found.mean, nanoseconds(0));
}

}  // namespace
}  // namespace stagecoach::bench
