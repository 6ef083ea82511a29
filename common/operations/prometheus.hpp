#pragma once

#include <string>
#include <string_view>

#include "common/gateway/counters.hpp"

namespace stagecoach::operations {

/// The counters in Prometheus's text format 0.0.4: `stagecoach_NAME_total` for a total,
/// `stagecoach_NAME` for a gauge, and `stagecoach_stage_info` with the stage as its label.
/// Thread-safe.
std::string prometheus(const gateway::Counters& counters, std::string_view stage);

}  // namespace stagecoach::operations
