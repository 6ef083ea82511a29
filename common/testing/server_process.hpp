#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/testing/child_process.hpp"

namespace stagecoach::testing {

/// One of our servers (the origin or a stage), on a free loopback port unless told otherwise.
class ServerProcess {
 public:
  /// Starts it with `options`, and with `--listen 127.0.0.1:0` unless they say where. Returns once
  /// it listens; otherwise throws std::runtime_error with its standard error.
  explicit ServerProcess(const std::string& executable,
                         const std::vector<std::string>& options = {});

  std::uint16_t port() const { return port_; }  ///< On which it says that it listens.
  ChildProcess& process() { return process_; }  ///< For signals, output and memory.

  /// Sends SIGTERM, and returns its exit code, or -1 if a signal ended it. Throws
  /// std::runtime_error if it still runs after 20 seconds.
  int stop();

 private:
  ChildProcess process_;
  std::uint16_t port_;
};

}  // namespace stagecoach::testing
