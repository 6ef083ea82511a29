#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace stagecoach::bench {

using Latency = std::chrono::nanoseconds;  ///< One sample.

/// Exact figures of a set of latencies. A percentile is the smallest sample such that this part of
/// all samples is no greater (nearest rank). All are 0 if there are no samples.
struct Percentiles {
  Latency p50{},  ///< Half of the samples are no greater.
      p90{},      ///< 9 in 10 are no greater.
      p99{},      ///< 99 in 100 are no greater.
      p99_9{},    ///< 999 in 1000 are no greater.
      max{},      ///< The greatest sample.
      mean{};     ///< Rounded down; not itself a sample.
};

Percentiles percentiles(std::vector<Latency> samples);  ///< Sorts them: O(n log n).

/// A range of latencies, named by its greatest, and its number of samples.
struct Bucket {
  Latency greatest;     ///< The bound of the range, not a sample.
  std::uint64_t count;  ///< Never 0.
};

/// The buckets that hold samples, in order. All runs have the same buckets, so their histograms can
/// be added. Each bucket spans less than 1/128 of its least value. Source: HdrHistogram's bucket
/// layout.
std::vector<Bucket> histogram(const std::vector<Latency>& samples);

}  // namespace stagecoach::bench
