#pragma once

#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/socket.hpp"

namespace stagecoach::gateway {

/// From then on a silent client holds no memory for its next batch.
inline constexpr net::Timeout quiet_time{1000};

/// Reads until the session has a batch to be served. A client may be silent for `idle_timeout`
/// before its next request; once begun, the request has to be complete within --read-timeout. After
/// quiet_time the session gives back its memory. False if the client is done with: it closed, its
/// time is up, or the session has ended.
bool read_requests(net::Socket& client, Session& session, net::Timeout idle_timeout,
                   Context& context);

/// Writes the replies to the session's batch, and reads on meanwhile. False if the client has taken
/// nothing for --write-timeout, or is gone.
bool write_replies(net::Socket& client, Session& session, Context& context);

/// How a connection that is not served ends: with an error, without waiting.
void refuse(net::Descriptor client, Context& context);

}  // namespace stagecoach::gateway
