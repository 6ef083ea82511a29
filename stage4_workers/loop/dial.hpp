#pragma once

#include <functional>

#include "common/net/address.hpp"
#include "stage4_workers/loop/async_socket.hpp"

namespace stagecoach {

/// What a new connection needs before it can be used, by a point in time. An error ends it.
using Greeting = std::function<Task<boost::system::error_code>(AsyncSocket&, EventLoop::Time end)>;

/// A connection to `address`, with TCP_NODELAY set, and greeted if `greet` is not empty: both
/// within `timeout`. Errors: timed_out, the system's, or the greeting's.
Task<net::Result<net::Descriptor>> dial(EventLoop& loop, const net::Address& address,
                                        net::Timeout timeout, Greeting greet = {});

}  // namespace stagecoach
