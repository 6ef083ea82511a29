#pragma once

#include <string>
#include <vector>

#include "bench/load/histogram.hpp"

namespace stagecoach::bench {

/// A histogram's percentiles in HdrHistogram's text format, for its plotters, in milliseconds: what
/// the comparison's `suite/hgrm.py` writes of the same buckets, which must not be none.
std::string hgrm(const std::vector<Bucket>& histogram);

}  // namespace stagecoach::bench
