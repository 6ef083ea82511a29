#pragma once

#include <string>
#include <vector>

#include "bench/load/report.hpp"

namespace stagecoach::bench {

/// What `load` found at one of several places.
struct Part {
  std::string name;  ///< For messages, and in the merged report.
  Report report;     ///< Of one run.
};

/// The part of the longest window that all windows have to have in common.
inline constexpr double least_common_window = 0.9;

/// One report of runs that were one load, put on at the same time. There is at least one part.
///
/// Counts are sums and so are the histograms, exactly; the greatest latency and the mean are those
/// of all samples, and the percentiles are the histogram's. The window is what all windows have in
/// common. The rate is the sum of the rates, each of its own window: requests beyond the common one
/// would count too much in the sum of the requests.
///
/// Throws std::runtime_error, with one line that names a part, for runs that were not measured at
/// the same time or put on another load, and for one that is there twice.
Report merge(const std::vector<Part>& parts);

}  // namespace stagecoach::bench
