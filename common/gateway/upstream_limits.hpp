#pragma once

#include <string>

#include "common/gateway/options.hpp"
#include "common/net/socket.hpp"

namespace stagecoach::gateway {

/// Asks the upstream for the limits by which it closes a connection that carries one client's large
/// request or reply, and with it the requests of all that share the connection. Warns of each that
/// a client can reach.
///
/// Says nothing where the upstream does not tell: CONFIG GET is not permitted everywhere. Takes no
/// longer than --connect-timeout, nor than a second. Replies may come on `upstream` afterwards: it
/// is to be closed. `name` is the upstream's in the log. Source: Redis 7.0, redis.conf;
/// networking.c.
void warn_of_closing_limits(net::Socket& upstream, const std::string& name, const Options& options);

}  // namespace stagecoach::gateway
