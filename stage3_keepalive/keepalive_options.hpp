#pragma once

#include <cstddef>

#include "common/gateway/options.hpp"

namespace CLI {
class App;
}

namespace stagecoach {

using namespace std::chrono_literals;

// [keepalive_options]
/// How long a client connection is kept, and how a vanished peer is noticed.
struct KeepaliveOptions {
  bool keepalive = true;              ///< False: TCP sends no probes.
  net::Timeout idle = 180s;           ///< Silence after which TCP asks whether the peer is there.
  net::Timeout interval = 60s;        ///< Between two probes.
  std::size_t count = 3;              ///< Probes without an answer that end the connection.
  net::Timeout idle_timeout = 15min;  ///< For a client without a request; none: no_timeout.
  std::size_t max_requests = 0;       ///< Of one connection; 0: no limit.

  void add_to(CLI::App& app);  ///< Parsing then writes here: this must outlive `app`.
};
// [keepalive_options]

}  // namespace stagecoach
