#pragma once

#include <cstdint>
#include <vector>

#include "bench/load/percentiles.hpp"

namespace stagecoach::bench {

/// A range of latencies, by its greatest, and how many samples are in it.
struct Bucket {
  Latency greatest;     ///< The range's bound, not a sample's.
  std::uint64_t count;  ///< Never 0.

  bool operator==(const Bucket& other) const = default;  ///< Of range and count.
};

/// No bucket spans as much as that part of its least value.
inline constexpr double bucket_width = 1.0 / 128;

/// The buckets that hold samples, in order. The layout is the same for all, so that the histograms
/// of several runs can be added. Source: HdrHistogram's bucket layout.
std::vector<Bucket> histogram(const std::vector<Latency>& samples);

/// The histogram of all samples of both.
std::vector<Bucket> sum(const std::vector<Bucket>& a, const std::vector<Bucket>& b);

/// What those of the samples are, as far as their histogram tells: each is its bucket's bound, so
/// never less than the sample's and less than `bucket_width` greater. `max` and `mean` are the
/// samples' own.
Percentiles percentiles(const std::vector<Bucket>& histogram, Latency max, Latency mean);

}  // namespace stagecoach::bench
