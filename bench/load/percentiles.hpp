#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace stagecoach::bench {

using Latency = std::chrono::nanoseconds;  ///< One sample.

/// Exact figures of a set of latencies: each percentile is the smallest sample that is not exceeded
/// by that part of all samples (nearest rank). All are 0 if there are no samples.
struct Percentiles {
  Latency p50{},  ///< Half of the samples are no greater.
      p90{},      ///< 9 in 10 are no greater.
      p99{},      ///< 99 in 100 are no greater.
      p99_9{},    ///< 999 in 1000 are no greater.
      max{},      ///< The greatest sample.
      mean{};     ///< Rounded down; no sample itself.
};

/// How many of `count` samples that part of them is, in thousandths, rounded up: exactly.
constexpr std::uint64_t nearest_rank(std::uint64_t count, std::uint64_t thousandths) {
  return (count * thousandths + 999) / 1000;
}

Percentiles percentiles(std::vector<Latency> samples);  ///< Sorts what it is given: O(n log n).

}  // namespace stagecoach::bench
