#pragma once

#include <cstddef>
#include <cstdint>

#include "common/net/deadline.hpp"

namespace stagecoach::net {

/// Tells a peer that takes slowly what is written from one that takes nothing. What the kernel took
/// does not say it: its buffer holds megabytes, and a writer hears of room only when a third of
/// that is free. What the peer has acknowledged does. Not thread-safe. Source: tcp(7), SIOCOUTQ.
class WriteProgress {
 public:
  /// Counts from now. `fd` must stay open.
  WriteProgress(int fd, Timeout timeout);

  /// The kernel took `bytes` more.
  void wrote(std::size_t bytes) { written_ += static_cast<std::int64_t>(bytes); }

  /// Whether the peer has acknowledged nothing for `timeout`, as far as earlier calls saw.
  bool stalled();

  /// When to ask again: several times within the timeout. no_timeout, if that is the timeout.
  Timeout next_look() const;

 private:
  std::int64_t acknowledged() const;

  int fd_;
  Timeout timeout_;
  Deadline deadline_;
  std::int64_t written_ = 0;
  std::int64_t acknowledged_;
};

}  // namespace stagecoach::net
