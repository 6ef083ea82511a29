#pragma once

#include <chrono>

namespace stagecoach::origin {

/// How slow an origin is.
struct ServeOptions {
  /// Each reply leaves this much later: latency, not work. Replies to requests that arrive together
  /// leave together, and requests that arrive meanwhile are delayed from their own arrival.
  std::chrono::microseconds delay{0};
};

/// Serves a fresh Store to all that connect to `listening_fd`, which it takes over, until the
/// process ends. Pipelined requests that arrive together are answered with one write.
///
/// Malformed input gets its error, then the connection is closed; HTTP is closed without a word.
/// Single-threaded. Raises the process's soft limit of descriptors to the hard one.
[[noreturn]] void serve(int listening_fd, ServeOptions options) noexcept;

}  // namespace stagecoach::origin
