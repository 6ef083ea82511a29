#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/gateway/counters.hpp"

namespace stagecoach::gateway {

/// What a client said about its own connection.
struct ClientState {
  std::uint64_t id;       ///< What CLIENT ID returns: unique in this process.
  std::string name = {};  ///< What CLIENT GETNAME returns.
};

/// Appends to `reply` the answer to a request that judge() told to answer here: PING, ECHO, QUIT,
/// SELECT 0, HELLO, CLIENT ID|GETNAME|SETNAME|SETINFO and INFO gateway. Answers and errors are
/// those of Redis 7.0 without a password, but RESP3 is refused with NOPROTO, and CLIENT SETINFO,
/// which is of 7.2, is accepted and forgotten. `stage` is the executable's name.
///
/// Not thread-safe in `client` and `reply`.
void answer(std::span<const std::string_view> args, ClientState& client, const Counters& counters,
            std::string_view stage, std::string& reply);

}  // namespace stagecoach::gateway
