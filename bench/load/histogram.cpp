#include "bench/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

namespace stagecoach::bench {
namespace {

constexpr int kept_bits = 7;  // of each value; those below are one bucket
static_assert(bucket_width == 1.0 / (1 << kept_bits));

Latency greatest_alike(Latency sample) {
  const auto value = static_cast<std::uint64_t>(std::max<Latency::rep>(sample.count(), 0));
  const int dropped = std::max(static_cast<int>(std::bit_width(value)) - kept_bits - 1, 0);
  return Latency(static_cast<Latency::rep>(((value >> dropped) + 1) << dropped) - 1);
}

std::vector<Bucket> in_order(const std::map<Latency, std::uint64_t>& counts) {
  std::vector<Bucket> buckets;
  for (const auto& [greatest, count] : counts) buckets.push_back({greatest, count});
  return buckets;
}

}  // namespace

std::vector<Bucket> histogram(const std::vector<Latency>& samples) {
  std::map<Latency, std::uint64_t> counts;
  for (const Latency sample : samples) ++counts[greatest_alike(sample)];
  return in_order(counts);
}

std::vector<Bucket> sum(const std::vector<Bucket>& a, const std::vector<Bucket>& b) {
  std::map<Latency, std::uint64_t> counts;
  for (const auto& [greatest, count] : a) counts[greatest] += count;
  for (const auto& [greatest, count] : b) counts[greatest] += count;
  return in_order(counts);
}

Percentiles percentiles(const std::vector<Bucket>& histogram, Latency max, Latency mean) {
  if (histogram.empty()) return {};
  const std::uint64_t total =
      std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0},
                      [](std::uint64_t before, const Bucket& b) { return before + b.count; });
  const auto at = [&](std::uint64_t thousandths) {
    auto left = nearest_rank(total, thousandths);
    auto bucket = histogram.begin();
    for (; left > bucket->count; ++bucket) left -= bucket->count;
    return std::min(bucket->greatest, max);
  };
  return {
      .p50 = at(500), .p90 = at(900), .p99 = at(990), .p99_9 = at(999), .max = max, .mean = mean};
}

}  // namespace stagecoach::bench
