#pragma once

#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/socket.hpp"

namespace stagecoach::gateway {

/// After this silence a client holds no memory for its next batch.
inline constexpr net::Timeout quiet_time{1000};

/// Reads until the session has a batch to serve. A client may be silent for `idle_timeout` before
/// its next request. Once begun, the request must be complete within --read-timeout. After
/// quiet_time the session gives back its memory. False if the client is done: it closed, its time
/// is up, or the session has ended.
bool read_requests(net::Socket& client, Session& session, net::Timeout idle_timeout,
                   Context& context);

/// Writes the replies to the session's batch, and reads ahead meanwhile. False if the client took
/// nothing for --write-timeout, or is gone.
bool write_replies(net::Socket& client, Session& session, Context& context);

/// Ends a connection that is not served: with an error, without waiting.
void refuse(net::Descriptor client, Context& context);

}  // namespace stagecoach::gateway
