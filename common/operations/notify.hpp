#pragma once

#include <string_view>

namespace stagecoach::operations {

/// Tells systemd, or any supervisor that set NOTIFY_SOCKET, a state such as "READY=1". Without
/// NOTIFY_SOCKET it does nothing. Source: sd_notify(3), which suggests these few lines instead of
/// linking a library.
void notify(std::string_view state);

}  // namespace stagecoach::operations
