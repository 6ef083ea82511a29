#pragma once

#include <chrono>
#include <cstdint>

#include "common/net/descriptor.hpp"

namespace stagecoach::testing {

using net::Descriptor;

/// Throws errno as std::system_error if `result` is -1; otherwise returns it.
int checked(int result, const char* what);

/// A socket that listens on a free port of 127.0.0.1, and one connected to a port there. Both throw
/// std::system_error.
Descriptor listen_on_loopback();
Descriptor connect_to_loopback(std::uint16_t port);  ///< With TCP_NODELAY.

std::uint16_t local_port(const Descriptor& socket);  ///< In the host's byte order.

/// Bounds each later receive and send on a blocking socket: they fail with EAGAIN.
void set_timeout(const Descriptor& socket, std::chrono::milliseconds timeout);

}  // namespace stagecoach::testing
