#pragma once

#include <cstdint>
#include <vector>

#include "bench/load/percentiles.hpp"

namespace stagecoach::bench {

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
