#include <CLI/CLI.hpp>

#include "common/gateway/life.hpp"
#include "common/gateway/password.hpp"
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
    gateway::add_password_file(app, "--requirepass-file", options.password,
                               "Holds the password that clients have to give");
    app.callback([&] { pool.check(); });
  };
  return gateway::run_main(argc, argv, options, add_options, [&](gateway::Context& context) {
    gateway::fit_max_clients(options, 1, pool.max_open);
    Server server(context, pool, keepalive);
    gateway::announce(context, server.listener());
    server.run();
  });
}
