#pragma once

#include <cstddef>

#include "common/gateway/options.hpp"
#include "stage2_pool/pool_options.hpp"

namespace CLI {
class App;
}

namespace stagecoach {

using std::chrono_literals::operator""ms;

/// How a worker uses its thread.
enum class WorkerKind {
  event,    ///< One event loop runs many connections.
  literal,  ///< The recipe to the letter: one connection at a time, until it closes.
};

/// How many threads serve, and how much each takes on.
struct WorkerOptions {
  WorkerOptions();

  std::size_t workers;                  ///< By default one for each CPU.
  WorkerKind kind = WorkerKind::event;  ///< The same for all workers.
  std::size_t worker_connections = 0;   ///< Of a worker; 0: its share of --max-clients.
  std::size_t channel_capacity = 100;   ///< Connections that wait for a worker.
  net::Timeout channel_wait = 100ms;    ///< For room in the channel; then a client is refused.
  std::size_t max_in_flight = 0;        ///< Requests of all clients; 0: no limit.
  std::size_t max_output_bytes = 256 * 1024 * 1024;  ///< Replies not yet written to one client.
  std::size_t pipeline_depth = 128;  ///< Requests in flight on one upstream connection.

  /// Parsing writes into this, so it must outlive `app`.
  void add_to(CLI::App& app);

  /// Throws CLI::ValidationError if `pool` has no connection for each worker.
  void check(const PoolOptions& pool) const;

  /// --worker-connections, or a worker's share of --max-clients.
  std::size_t connections_each(const gateway::Options& options) const;

  /// One worker's share of the pool: max_open rounded down, so that the shares never exceed it;
  /// max_idle and min_idle rounded up.
  PoolOptions pool_each(const PoolOptions& pool) const;
};

}  // namespace stagecoach
