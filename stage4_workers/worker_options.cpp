#include "stage4_workers/worker_options.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/operations/command_line.hpp"

namespace stagecoach {

WorkerOptions::WorkerOptions() : workers(std::max(std::thread::hardware_concurrency(), 1U)) {}

void WorkerOptions::add_to(CLI::App& app) {
  using operations::add_bytes;
  using operations::add_count;
  const std::map<std::string, WorkerKind> kinds = {{"event", WorkerKind::event},
                                                   {"literal", WorkerKind::literal}};
  app.option_defaults()->group("Workers and pipelining (stage 4)");
  add_count(app, "--workers", workers, "Threads that serve connections (default: one per CPU)");
  app.add_option("--worker", kind, "event: many connections each; literal: one at a time")
      ->transform(CLI::CheckedTransformer(kinds))
      ->type_name("event|literal")
      ->default_str("event");
  add_count(app, "--worker-connections", worker_connections,
            "Connections of a worker; 0: its share of --max-clients", 0);
  add_count(app, "--channel-capacity", channel_capacity, "Connections that wait for a worker");
  operations::add_duration(app, "--channel-wait", channel_wait,
                           "For room in the channel; then the client is refused");
  add_count(app, "--max-in-flight", max_in_flight, "Requests of all clients; 0: no limit", 0);
  add_bytes(app, "--max-output-bytes", max_output_bytes, "Replies that may wait for one client");
  add_count(app, "--pipeline-depth", pipeline_depth,
            "Requests in flight on an upstream connection");
}

std::size_t WorkerOptions::connections_each(const gateway::Options& options) const {
  const std::size_t share = (options.max_clients + workers - 1) / workers;
  return worker_connections == 0 ? share : worker_connections;
}

void WorkerOptions::check(const PoolOptions& pool) const {
  if (pool.max_open < workers) {
    throw CLI::ValidationError("--pool-max-open", std::to_string(pool.max_open) +
                                                      " leaves some of " + std::to_string(workers) +
                                                      " --workers none; raise it");
  }
}

PoolOptions WorkerOptions::pool_each(const PoolOptions& pool) const {
  PoolOptions share = pool;
  share.max_open = pool.max_open / workers;
  share.max_idle = (pool.max_idle + workers - 1) / workers;
  share.min_idle = std::min((pool.min_idle + workers - 1) / workers, share.max_idle);
  return share;
}

}  // namespace stagecoach
