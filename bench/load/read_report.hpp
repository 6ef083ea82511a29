#pragma once

#include <string>

#include "bench/load/report.hpp"

namespace stagecoach::bench {

/// What json() has printed of one run. Throws std::runtime_error, with one line, for any other
/// text.
Report read_report(const std::string& text);

}  // namespace stagecoach::bench
