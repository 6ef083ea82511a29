#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/testing/child_process.hpp"

namespace stagecoach::testing {

/// One of our servers (the origin or a stage), on a free loopback port unless told otherwise.
class ServerProcess {
 public:
  /// Starts it with `options`, and `--listen 127.0.0.1:0` unless they say where, and returns once
  /// it listens. Throws std::runtime_error with what it wrote to standard error if it does not.
  explicit ServerProcess(const std::string& executable,
                         const std::vector<std::string>& options = {});

  std::uint16_t port() const { return port_; }  ///< The one it says that it listens on.
  ChildProcess& process() { return process_; }  ///< For signals, output and memory.

  /// SIGTERM, then its exit code; -1 if a signal ended it. Throws std::runtime_error if it still
  /// runs after 20 seconds.
  int stop();

 private:
  ChildProcess process_;
  std::uint16_t port_;
};

}  // namespace stagecoach::testing
