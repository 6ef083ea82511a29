#include "common/operations/listen.hpp"
#include "common/operations/run_main.hpp"
#include "stage1_naive/server.hpp"

int main(int argc, char** argv) {
  using namespace stagecoach;
  gateway::Options options{
      .stage = "stage1_naive",
      .purpose =
          "A Redis gateway with a thread for each connection and a connection for each request",
      .listen = "127.0.0.1:7001"};
  const auto no_more_options = [](CLI::App&) {};
  return operations::run_main(argc, argv, options, no_more_options, [&](gateway::Context& context) {
    operations::fit_max_clients(options, 2, 0);
    stage1::Server server(context, operations::listen(context));
    operations::stop_on_signals(context, server.listener());
    operations::announce(server.listener());
    server.run();
  });
}
