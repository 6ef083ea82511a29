#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "common/gateway/context.hpp"
#include "common/net/listener.hpp"

namespace stagecoach::operations {

/// An option has a value that is not allowed.
struct OptionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Listens at --listen, and counts the listener's pauses. Throws OptionError, or std::runtime_error
/// if the system refuses.
net::Listener listen(gateway::Context& context);

/// The same for `where`, HOST:PORT, the value of `option`. Other machines may reach it if it
/// `is_public`. Counts nothing.
net::Listener listen(const std::string& option, const std::string& where, bool is_public);

/// The addresses of `host_and_port`, the value of `option`. Throws std::runtime_error.
std::vector<net::Endpoint> look_up(const std::string& option, const std::string& host_and_port);

}  // namespace stagecoach::operations
