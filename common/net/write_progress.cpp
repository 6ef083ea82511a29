#include "common/net/write_progress.hpp"

#include <algorithm>

#include "common/net/socket.hpp"

namespace stagecoach::net {

WriteProgress::WriteProgress(int fd, Timeout timeout)
    : fd_(fd), timeout_(timeout), deadline_(timeout), acknowledged_(acknowledged()) {}

bool WriteProgress::stalled() {
  if (const auto now = acknowledged(); now > acknowledged_) {
    acknowledged_ = now;
    deadline_ = Deadline(timeout_);
  }
  return deadline_.expired();
}

Timeout WriteProgress::next_look() const {
  return timeout_ == no_timeout ? no_timeout : std::max(timeout_ / 16, Timeout(1));
}

std::int64_t WriteProgress::acknowledged() const { return written_ - unacknowledged(fd_); }

}  // namespace stagecoach::net
