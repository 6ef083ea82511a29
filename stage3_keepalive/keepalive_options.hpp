#pragma once

#include <cstddef>

#include "common/gateway/options.hpp"

namespace CLI {
class App;
}

namespace stagecoach {

using namespace std::chrono_literals;

// [keepalive_options]
/// How long a client connection is kept, and when a vanished peer is noticed.
struct KeepaliveOptions {
  bool keepalive = true;              ///< False: TCP sends no probes.
  net::Timeout idle = 180s;           ///< Silence before TCP asks whether the peer is there.
  net::Timeout interval = 60s;        ///< Between two probes.
  std::size_t count = 3;              ///< Unanswered probes that end the connection.
  net::Timeout idle_timeout = 15min;  ///< For a client without a request; none: no_timeout.
  std::size_t max_requests = 0;       ///< On one connection; 0: no limit.

  void add_to(CLI::App& app);  ///< Parsing writes into this, so it must outlive `app`.
};
// [keepalive_options]

}  // namespace stagecoach
