#pragma once

#include <cstddef>
#include <cstdint>

#include "common/net/deadline.hpp"

namespace stagecoach::net {

/// Tells a slow reader from one that stopped reading. The bytes that the kernel took do not show
/// it: its buffer holds megabytes, and a writer hears of room only once a third of it is free. The
/// bytes that the peer acknowledged do. Not thread-safe. Source: tcp(7), SIOCOUTQ.
class WriteProgress {
 public:
  /// The timeout counts from now. `fd` must stay open.
  WriteProgress(int fd, Timeout timeout);

  /// The kernel took `bytes` more.
  void wrote(std::size_t bytes) { written_ += static_cast<std::int64_t>(bytes); }

  /// Whether the peer has acknowledged nothing for `timeout`, as far as the calls so far saw.
  bool stalled();

  /// How soon to ask again: several times within the timeout. no_timeout if that is the timeout.
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
