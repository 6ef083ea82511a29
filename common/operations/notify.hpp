#pragma once

#include <string_view>

namespace stagecoach::operations {

/// Tells systemd a state: "READY=1". So it does any supervisor that set NOTIFY_SOCKET.
/// Without that, it does nothing. Source: sd_notify(3), which suggests to write these
/// few lines instead of linking a library.
void notify(std::string_view state);

}  // namespace stagecoach::operations
