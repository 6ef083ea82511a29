#pragma once

#include "common/gateway/options.hpp"
#include "common/net/async_socket.hpp"

namespace stagecoach {

/// Gives the upstream the password that it wants; empty where it wants none. `options` must outlive
/// it.
net::Greeting upstream_greeting(const gateway::Options& options);

}  // namespace stagecoach
