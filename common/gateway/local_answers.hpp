#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/gateway/context.hpp"

namespace stagecoach::gateway {

/// What a client said about its own connection.
struct ClientState {
  std::uint64_t id;            ///< What CLIENT ID returns: unique in this process.
  std::string name = {};       ///< What CLIENT GETNAME returns.
  bool authenticated = false;  ///< It has given the password.
  bool late = false;           ///< It came during --drain-delay.
};

/// Redis's reply to whoever has not given the password that is wanted.
inline constexpr std::string_view no_auth = "NOAUTH Authentication required.";

/// Appends to `reply` the answer to a request that judge() told to answer here: PING, ECHO, QUIT,
/// SELECT 0, AUTH, HELLO, CLIENT ID|GETNAME|SETNAME|SETINFO|REPLY ON and INFO gateway. Answers and
/// errors are those of Redis 7.0, but RESP3 is refused with NOPROTO, and CLIENT SETINFO, which is
/// of 7.2, is accepted and forgotten. A client's name has up to 1024 bytes. The one user is
/// `default`; without a password, any will do, if the user is named. To a late client PING is an
/// error: a load balancer, whose checks connect anew, learns from it to send nobody any more.
///
/// Not thread-safe in `client` and `reply`.
void answer(std::span<const std::string_view> args, ClientState& client, const Context& context,
            std::string& reply);

}  // namespace stagecoach::gateway
