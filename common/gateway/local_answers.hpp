#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/gateway/context.hpp"

namespace stagecoach::gateway {

/// What a client said about its connection.
struct ClientState {
  std::uint64_t id;            ///< For CLIENT ID: unique in this process.
  std::string name = {};       ///< For CLIENT GETNAME.
  bool authenticated = false;  ///< It has given the password.
  bool late = false;           ///< It came during --drain-delay.
};

/// Redis's reply to a client that has not given the password.
inline constexpr std::string_view no_auth = "NOAUTH Authentication required.";

/// Appends to `reply` the answer to a request with the verdict `answer`: PING, ECHO, QUIT, SELECT
/// 0, AUTH, HELLO, CLIENT ID|GETNAME|SETNAME|SETINFO|REPLY ON and INFO gateway. Answers and errors
/// are those of Redis 7.0, with two exceptions: RESP3 is refused with NOPROTO, and CLIENT SETINFO,
/// which is from 7.2, is accepted and forgotten. A client's name has up to 1024 bytes. The only
/// user is `default`. If no password is set, any is accepted, as long as the user is named. To a
/// late client PING is an error: a load balancer, whose checks connect anew, then sends nobody.
///
/// Not thread-safe in `client` and `reply`.
void answer(std::span<const std::string_view> args, ClientState& client, const Context& context,
            std::string& reply);

}  // namespace stagecoach::gateway
