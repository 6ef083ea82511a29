#include "bench/load/latencies.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

namespace stagecoach::bench {
namespace {

constexpr int kept_bits = 7;  // of each value; lower bits share a bucket

Latency greatest_alike(Latency sample) {
  const auto value = static_cast<std::uint64_t>(std::max<Latency::rep>(sample.count(), 0));
  const int dropped = std::max(static_cast<int>(std::bit_width(value)) - kept_bits - 1, 0);
  return Latency(static_cast<Latency::rep>(((value >> dropped) + 1) << dropped) - 1);
}

}  // namespace

Percentiles percentiles(std::vector<Latency> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto at = [&](std::size_t thousandths) {
    return samples[(samples.size() * thousandths + 999) / 1000 - 1];  // exact, rounded up
  };
  const Latency sum = std::accumulate(samples.begin(), samples.end(), Latency{});
  return {.p50 = at(500),
          .p90 = at(900),
          .p99 = at(990),
          .p99_9 = at(999),
          .max = samples.back(),
          .mean = sum / static_cast<std::int64_t>(samples.size())};
}

std::vector<Bucket> histogram(const std::vector<Latency>& samples) {
  std::map<Latency, std::uint64_t> counts;
  for (const Latency sample : samples) ++counts[greatest_alike(sample)];
  std::vector<Bucket> buckets;
  for (const auto& [greatest, count] : counts) buckets.push_back({greatest, count});
  return buckets;
}

}  // namespace stagecoach::bench
