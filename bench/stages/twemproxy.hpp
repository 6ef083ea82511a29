#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/testing/child_process.hpp"

namespace stagecoach::bench {

/// Twemproxy (nutcracker) with one worker process before one upstream, on a free loopback port.
class Twemproxy {
 public:
  /// Whether it is installed.
  static bool available();

  /// Returns once it listens. Throws std::runtime_error where it does not.
  explicit Twemproxy(const std::string& upstream);
  ~Twemproxy();
  Twemproxy(const Twemproxy&) = delete;
  Twemproxy& operator=(const Twemproxy&) = delete;

  std::uint16_t port() const { return port_; }
  testing::ChildProcess& process() { return *process_; }

 private:
  std::uint16_t port_;
  std::string configuration_;
  std::unique_ptr<testing::ChildProcess> process_;
};

}  // namespace stagecoach::bench
