#pragma once

#include "common/gateway/context.hpp"

namespace stagecoach::operations {

/// Dials once, uncounted, and warns if that fails: said at start, it is cheaper to mend. Then asks
/// the upstream for the limits by which it closes a connection that carries one client's large
/// request or reply, and with it the requests of all that share the connection. Warns of each that
/// a client can reach.
///
/// Says nothing of limits that the upstream does not tell: CONFIG GET is not permitted everywhere.
/// Source: Redis 7.0, redis.conf; networking.c.
void check_upstream(gateway::Context& context);

}  // namespace stagecoach::operations
