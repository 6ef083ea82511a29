#pragma once

#include "common/gateway/options.hpp"
#include "stage4_workers/loop/dial.hpp"

namespace stagecoach {

/// Gives the upstream the password that it wants; empty where it wants none. `options` must outlive
/// it.
Greeting upstream_greeting(const gateway::Options& options);

}  // namespace stagecoach
