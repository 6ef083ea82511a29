#include "bench/load/latencies.hpp"

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

TEST(Histogram, HoldsEachSampleOnce) {
  std::vector<Latency> samples;
  for (int i = 0; i < 100'000; i += 7) samples.emplace_back(i);
  std::uint64_t counted = 0;
  Latency before{-1};
  for (const auto& [greatest, count] : histogram(samples)) {
    EXPECT_GT(greatest, before);
    before = greatest;
    counted += count;
  }
  EXPECT_EQ(counted, samples.size());
}

TEST(Histogram, IsExactForSmallValuesAndWithinOnePercentForAll) {
  for (std::int64_t value : {0, 1, 200, 255, 256, 1000, 123'456'789}) {
    const auto buckets = histogram({nanoseconds(value)});
    ASSERT_EQ(buckets.size(), 1u);
    const std::int64_t greatest = buckets[0].greatest.count();
    EXPECT_GE(greatest, value);
    EXPECT_LE(greatest, value < 256 ? value : value + value / 100);
  }
}

TEST(Histogram, OfNothingIsEmpty) { EXPECT_TRUE(histogram({}).empty()); }

}  // namespace
}  // namespace stagecoach::bench
