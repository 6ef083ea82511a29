#pragma once

#include <cstdint>
#include <sys/types.h>

#include "common/origin/server.hpp"

namespace stagecoach::origin {

/// The origin as a child process on a free loopback port, gone with its parent.
///
/// The child is killed by the destructor, and by the kernel should the parent die without one. It
/// ignores SIGINT and SIGTERM: a terminal's Ctrl-C reaches the whole process group, and a parent
/// that drains still needs its upstream.
class EmbeddedOrigin {
 public:
  /// Forks: call it before the process starts its first thread. Connections are accepted as soon
  /// as it returns. Throws std::system_error.
  explicit EmbeddedOrigin(ServeOptions options = {});
  ~EmbeddedOrigin();

  EmbeddedOrigin(const EmbeddedOrigin&) = delete;
  EmbeddedOrigin& operator=(const EmbeddedOrigin&) = delete;

  std::uint16_t port() const { return port_; }  ///< On 127.0.0.1.
  pid_t pid() const { return pid_; }            ///< The child's, for as long as this lives.

 private:
  std::uint16_t port_;
  pid_t pid_;
};

}  // namespace stagecoach::origin
