#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace stagecoach::origin {

/// How slow an origin is.
struct ServeOptions {
  /// Each reply leaves this much later: latency, not work. Replies to requests that arrive together
  /// leave together, and requests that arrive meanwhile are delayed from their own arrival.
  std::chrono::microseconds delay{0};
};

/// A listening socket (close-on-exec) on a numeric IPv4 address; port 0 takes a free one.
/// Throws std::system_error.
int listen_on(const std::string& address, std::uint16_t port);

/// The port that a socket is bound to. Throws std::system_error.
std::uint16_t local_port(int fd);

/// Serves a fresh Store to all that connect to `listening_fd`, which it takes over, until the
/// process ends. Pipelined requests that arrive together are answered with one write.
///
/// Malformed input gets its error, then the connection is closed; HTTP is closed without a word.
/// Single-threaded. Raises the process's soft limit of descriptors to the hard one.
[[noreturn]] void serve(int listening_fd, ServeOptions options) noexcept;

}  // namespace stagecoach::origin
