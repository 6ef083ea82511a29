#include "bench/load/percentiles.hpp"

#include <algorithm>
#include <numeric>

namespace stagecoach::bench {

Percentiles percentiles(std::vector<Latency> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto at = [&](std::size_t thousandths) {
    return samples[(samples.size() * thousandths + 999) / 1000 - 1];  // rounded up, exactly
  };
  const Latency sum = std::accumulate(samples.begin(), samples.end(), Latency{});
  return {.p50 = at(500),
          .p90 = at(900),
          .p99 = at(990),
          .p99_9 = at(999),
          .max = samples.back(),
          .mean = sum / static_cast<std::int64_t>(samples.size())};
}

}  // namespace stagecoach::bench
