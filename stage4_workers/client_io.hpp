#pragma once

#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "common/net/async_socket.hpp"

namespace stagecoach {

/// gateway::read_requests() and gateway::write_replies(), to be awaited.
net::Task<bool> read_requests(net::AsyncSocket& client, gateway::Session& session,
                              net::Timeout idle_timeout, gateway::Context& context);
net::Task<bool> write_replies(net::AsyncSocket& client, gateway::Session& session,
                              gateway::Context& context);

}  // namespace stagecoach
