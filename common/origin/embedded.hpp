#pragma once

#include <cstdint>

#include "common/origin/server.hpp"

namespace stagecoach::origin {

/// The origin as a process of its own on a free loopback port, gone with the process that made it.
///
/// A child, the keeper, forks the origin, reaps it when it ends, logs a warning, and forks the next
/// one, empty, on the same listening socket: the keeper has one thread for as long as it lives, so
/// that it may fork, which this process may not once it has more. The port stays open meanwhile,
/// and whoever dials waits: 100 ms, and twice as long each time, up to 5 s, for an origin that ends
/// again within 10 s.
///
/// Keeper and origin are ended by the destructor, and by the kernel should the parent die without
/// one. They ignore SIGINT, SIGTERM and SIGHUP: a terminal's Ctrl-C reaches the whole process
/// group, and a parent that drains still needs its upstream. A keeper that is killed is reaped, and
/// said on standard error, and nothing is started again.
class EmbeddedOrigin {
 public:
  /// Forks: call it before the process starts its first thread, and once at a time. Takes SIGCHLD.
  /// Connections are accepted as soon as it returns. Throws std::system_error.
  explicit EmbeddedOrigin(ServeOptions options = {});
  ~EmbeddedOrigin();

  EmbeddedOrigin(const EmbeddedOrigin&) = delete;
  EmbeddedOrigin& operator=(const EmbeddedOrigin&) = delete;

  std::uint16_t port() const { return port_; }  ///< On 127.0.0.1.

 private:
  std::uint16_t port_;
};

}  // namespace stagecoach::origin
