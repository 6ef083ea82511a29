#include <CLI/CLI.hpp>

#include "common/operations/command_line.hpp"
#include "common/operations/listen.hpp"
#include "common/operations/run_main.hpp"
#include "stage3_keepalive/server.hpp"

int main(int argc, char** argv) {
  using namespace stagecoach;
  gateway::Options options{.stage = "stage3_keepalive",
                           .purpose = "Stage 2, with client connections that stay open",
                           .listen = "127.0.0.1:7003"};
  PoolOptions pool;
  KeepaliveOptions keepalive;
  const auto add_options = [&](CLI::App& app) {
    pool.add_to(app);
    keepalive.add_to(app);
    operations::add_password_file(app, "--requirepass-file", options.password,
                                  "Holds the password that clients have to give");
    app.callback([&] { pool.check(); });
  };
  return operations::run_main(argc, argv, options, add_options, [&](gateway::Context& context) {
    operations::fit_max_clients(options, 1, pool.max_open);
    stage3::Server server(context, operations::listen(context), pool, keepalive);
    operations::stop_on_signals(context, server.listener());
    operations::announce(server.listener());
    server.run();
  });
}
