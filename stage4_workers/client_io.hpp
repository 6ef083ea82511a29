#pragma once

#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "stage4_workers/loop/async_socket.hpp"

namespace stagecoach {

/// gateway::read_requests(), to be awaited.
Task<bool> read_requests(AsyncSocket& client, gateway::Session& session, net::Timeout idle_timeout,
                         gateway::Context& context);
/// gateway::write_replies(), to be awaited.
Task<bool> write_replies(AsyncSocket& client, gateway::Session& session, gateway::Context& context);

}  // namespace stagecoach
