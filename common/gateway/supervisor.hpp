#pragma once

#include <string_view>

namespace stagecoach::gateway {

/// Tells systemd, or who else started the process with a NOTIFY_SOCKET, of a state: "READY=1".
/// Does nothing where nobody asked to be told. Source: sd_notify(3), which suggests to write these
/// few lines instead of linking a library.
void tell_supervisor(std::string_view state);

}  // namespace stagecoach::gateway
