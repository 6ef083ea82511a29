#include <CLI/CLI.hpp>

#include "common/operations/command_line.hpp"
#include "common/operations/listen.hpp"
#include "common/operations/run_main.hpp"
#include "stage4_workers/server.hpp"

int main(int argc, char** argv) {
  using namespace stagecoach;
  constexpr std::size_t descriptors_each = 4;  // of a worker, for its event loop
  gateway::Options options{
      .stage = "stage4_workers",
      .purpose = "Stage 3, with a fixed number of workers that a channel feeds",
      .listen = "127.0.0.1:7004"};
  PoolOptions pool;
  KeepaliveOptions keepalive;
  WorkerOptions workers;
  const auto add_options = [&](CLI::App& app) {
    pool.add_to(app);
    keepalive.add_to(app);
    operations::add_password_file(app, "--requirepass-file", options.password,
                                  "Holds the password that clients have to give");
    workers.add_to(app);
    app.callback([&] {
      pool.check();
      workers.check(pool);
    });
  };
  return operations::run_main(argc, argv, options, add_options, [&](gateway::Context& context) {
    operations::fit_max_clients(options, 1, pool.max_open + descriptors_each * workers.workers);
    stage4::Server server(context, operations::listen(context), pool, keepalive, workers);
    operations::stop_on_signals(context, server.listener());
    operations::announce(server.listener());
    server.run();
  });
}
