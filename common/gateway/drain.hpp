#pragma once

#include <cstddef>

#include "common/net/deadline.hpp"

namespace stagecoach::gateway {

/// How long a connection that the gateway ends may take to read its last reply.
inline constexpr net::Timeout linger_timeout{1000};

/// Ends the process, with exit code 0, once --drain-timeout has passed and `connections` still wait
/// for their replies.
[[noreturn]] void exit_undrained(std::size_t connections);

}  // namespace stagecoach::gateway
