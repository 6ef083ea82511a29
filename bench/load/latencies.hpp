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

Percentiles percentiles(std::vector<Latency> samples);  ///< Sorts what it is given: O(n log n).

/// A range of latencies, by its greatest, and how many samples are in it.
struct Bucket {
  Latency greatest;     ///< The range's bound, not a sample's.
  std::uint64_t count;  ///< Never 0.
};

/// The buckets that hold samples, in order. The layout is the same for all, so that the histograms
/// of several runs can be added; none spans as much as 1/128 of its least value. Source:
/// HdrHistogram's bucket layout.
std::vector<Bucket> histogram(const std::vector<Latency>& samples);

}  // namespace stagecoach::bench
