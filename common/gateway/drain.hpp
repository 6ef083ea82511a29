#pragma once

#include <cstddef>

#include "common/net/deadline.hpp"

namespace stagecoach::gateway {

/// How long a client may take to read its last reply, if the gateway ends the connection.
inline constexpr net::Timeout linger_timeout{1000};

/// Ends the process with exit code 0. --drain-timeout has passed, and `connections` still wait.
[[noreturn]] void exit_undrained(std::size_t connections);

}  // namespace stagecoach::gateway
