#include "bench/load/histogram.hpp"

#include <gtest/gtest.h>

namespace stagecoach::bench {
namespace {

using std::chrono::nanoseconds;

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
