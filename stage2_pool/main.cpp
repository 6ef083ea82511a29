#include <CLI/CLI.hpp>

#include "common/operations/listen.hpp"
#include "common/operations/run_main.hpp"
#include "stage2_pool/server.hpp"

int main(int argc, char** argv) {
  using namespace stagecoach;
  gateway::Options options{.stage = "stage2_pool",
                           .purpose = "Stage 1, with its upstream connections leased from a pool",
                           .listen = "127.0.0.1:7002"};
  PoolOptions pool;
  const auto add_options = [&](CLI::App& app) {
    pool.add_to(app);
    app.callback([&] { pool.check(); });
  };
  return operations::run_main(argc, argv, options, add_options, [&](gateway::Context& context) {
    operations::fit_max_clients(options, 1, pool.max_open);
    stage2::Server server(context, operations::listen(context), pool);
    operations::stop_on_signals(context, server.listener());
    operations::announce(server.listener());
    server.run();
  });
}
