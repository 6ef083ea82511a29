#pragma once

#include <chrono>
#include <vector>

namespace stagecoach::bench {

using Latency = std::chrono::nanoseconds;

/// Exact figures of a set of latencies: each percentile is the smallest sample that is not exceeded
/// by that part of all samples (nearest rank). All are 0 if there are no samples.
struct Percentiles {
  Latency p50{}, p90{}, p99{}, p99_9{}, max{}, mean{};
};

Percentiles percentiles(std::vector<Latency> samples);

}  // namespace stagecoach::bench
