#pragma once

#include "common/gateway/context.hpp"

namespace stagecoach::operations {

/// Dials once, uncounted, and warns if that fails: at the start it is cheaper to mend. Then asks
/// for the upstream's limits on large requests and replies: there it closes the connection, and the
/// requests of all who share it fail. Warns of each limit that a client can reach.
///
/// Says nothing about limits that the upstream does not tell: it may not permit CONFIG GET.
/// Source: Redis 7.0, redis.conf; networking.c.
void check_upstream(gateway::Context& context);

}  // namespace stagecoach::operations
