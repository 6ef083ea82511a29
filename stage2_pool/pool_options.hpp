#pragma once

#include <cstddef>

#include "common/gateway/options.hpp"

namespace CLI {
class App;
}

namespace stagecoach {

using namespace std::chrono_literals;

/// How many upstream connections there may be, and for how long.
struct PoolOptions {
  std::size_t min_idle = 0;           ///< Connections dialled ahead of need.
  std::size_t max_open = 64;          ///< Leased, idle or being dialled.
  std::size_t max_idle = 64;          ///< 0: every acquire dials.
  net::Timeout idle_timeout = 60s;    ///< For a connection that nobody leases.
  net::Timeout max_lifetime = 30min;  ///< Of a connection, shortened by up to a tenth at random.
  net::Timeout wait_timeout = 1s;     ///< For a request that finds all of them in use.

  /// Parsing writes into this, so it must outlive `app`.
  void add_to(CLI::App& app);

  /// Throws CLI::ValidationError if the options contradict each other.
  void check() const;
};

}  // namespace stagecoach
