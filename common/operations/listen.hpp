#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "common/gateway/context.hpp"
#include "common/net/listener.hpp"

namespace stagecoach::operations {

/// An option has a value that is not permitted.
struct OptionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Listens at the address that --listen names, and counts its pauses. Throws OptionError, or
/// std::runtime_error if the system refuses.
net::Listener listen(gateway::Context& context);

/// The same for `where`, HOST:PORT, which `option` names. Other machines may reach it if it
/// `is_public`. It counts nothing.
net::Listener listen(const std::string& option, const std::string& where, bool is_public);

/// The addresses of `host_and_port`, which `option` names. Throws std::runtime_error.
std::vector<net::Endpoint> look_up(const std::string& option, const std::string& host_and_port);

}  // namespace stagecoach::operations
