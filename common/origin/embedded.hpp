#pragma once

#include <cstdint>

#include "common/origin/server.hpp"

namespace stagecoach::origin {

/// The origin as a process of its own, on a free loopback port. It ends with its parent.
///
/// A child, the keeper, forks the origin. If the origin ends, the keeper reaps it, logs a warning,
/// and forks the next one, empty, on the same listening socket. The keeper always has one thread,
/// so it may fork; this process may not once it has more. The port stays open meanwhile, and a
/// client that dials waits 100 ms. If the next origin ends within 10 s, the wait doubles, up to 5
/// s.
///
/// The destructor ends keeper and origin, or the kernel does if the parent dies without it. They
/// ignore SIGINT, SIGTERM and SIGHUP: a terminal's Ctrl-C reaches the whole process group, and a
/// parent that drains still needs its upstream. If the keeper is killed, it is reaped, standard
/// error says so, and nothing is started again.
class EmbeddedOrigin {
 public:
  /// Forks, so call it before the process starts its first thread, and only one at a time. Takes
  /// SIGCHLD. When it returns, connections are accepted. Throws std::system_error.
  explicit EmbeddedOrigin(ServeOptions options = {});
  ~EmbeddedOrigin();

  EmbeddedOrigin(const EmbeddedOrigin&) = delete;
  EmbeddedOrigin& operator=(const EmbeddedOrigin&) = delete;

  std::uint16_t port() const { return port_; }  ///< On 127.0.0.1.

 private:
  std::uint16_t port_;
};

}  // namespace stagecoach::origin
