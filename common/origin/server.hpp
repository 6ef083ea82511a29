#pragma once

#include <chrono>

namespace stagecoach::origin {

/// How slow an origin is.
struct ServeOptions {
  /// Each reply leaves so much later: latency, not work. Replies to requests that arrive together
  /// leave together. Requests that arrive meanwhile are delayed from their own arrival on.
  std::chrono::microseconds delay{0};
};

/// Takes over `listening_fd`, and serves a fresh Store to all that connect, until the process ends.
/// Pipelined requests that arrive together are answered with one write.
///
/// Malformed input gets an error, then the connection is closed. HTTP is closed without a word.
/// Single-threaded. Raises the process's soft limit of descriptors to the hard one.
[[noreturn]] void serve(int listening_fd, ServeOptions options) noexcept;

}  // namespace stagecoach::origin
