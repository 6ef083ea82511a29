#include "stage2_pool/pool_options.hpp"

#include <CLI/CLI.hpp>

#include "common/operations/command_line.hpp"

namespace stagecoach {

void PoolOptions::add_to(CLI::App& app) {
  using namespace operations;
  app.option_defaults()->group("Connection pool (stage 2)");
  add_count(app, "--pool-min-idle", min_idle, "Upstream connections dialled ahead", 0);
  add_count(app, "--pool-max-open", max_open, "Upstream connections at a time");
  add_count(app, "--pool-max-idle", max_idle, "Upstream connections kept idle; 0 dials each time",
            0);
  add_duration(app, "--pool-idle-timeout", idle_timeout, "Until an idle connection is closed");
  add_duration(app, "--pool-max-lifetime", max_lifetime,
               "Of an upstream connection, shortened at random by up to a tenth");
  add_duration(app, "--pool-wait-timeout", wait_timeout, "For a request that finds all in use");
}

void PoolOptions::check() const {
  if (min_idle > max_idle || min_idle > max_open) {
    throw CLI::ValidationError("--pool-min-idle",
                               "must not exceed --pool-max-idle and --pool-max-open; lower it");
  }
}

}  // namespace stagecoach
