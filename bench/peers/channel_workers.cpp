// The recipe's third idea alone: stage 3 with N threads that a channel feeds, where stage 3 starts
// one for each connection. All else is stage 3's, but that no request is sent twice, and no client
// refused. SIGTERM ends it at once.
//
//   channel_workers --listen 127.0.0.1:PORT --upstream 127.0.0.1:PORT --workers N

#include <cstdlib>
#include <thread>
#include <vector>

#include "common/gateway/client_io.hpp"
#include "common/gateway/drain.hpp"
#include "common/gateway/exchange.hpp"
#include "common/operations/command_line.hpp"
#include "common/operations/listen.hpp"
#include "common/operations/run_main.hpp"
#include "stage2_pool/connection_pool.hpp"
#include "stage3_keepalive/keepalive_listener.hpp"
#include "stage4_workers/channel.hpp"

using namespace stagecoach;

namespace {

void serve_requests(gateway::Session& session, ConnectionPool& pool, gateway::Context& context) {
  while (gateway::Exchange* exchange = session.next_forward()) {
    auto upstream = pool.acquire();
    if (!upstream) {
      gateway::fail(*exchange, upstream.error(), context.counters);
      continue;
    }
    const auto attempt = gateway::attempt(**upstream, *exchange, context);
    if (!attempt.reusable) {
      upstream->discard();
    }
    if (attempt.failure) {
      gateway::fail(*exchange, *attempt.failure, context.counters);
    }
  }
}

void serve_connection(net::Socket client, ConnectionPool& pool, gateway::Context& context) {
  const KeepaliveOptions keepalive;
  gateway::Session session(context, keepalive.max_requests);
  while (gateway::read_requests(client, session, keepalive.idle_timeout, context)) {
    serve_requests(session, pool, context);
    if (!gateway::write_replies(client, session, context)) {
      break;
    }
  }
  net::linger(client, gateway::linger_timeout);
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t workers = 1;
  gateway::Options options{
      .stage = "channel_workers", .purpose = "Stage 3 behind a channel", .listen = "127.0.0.1:0"};
  const auto add_options = [&](CLI::App& app) {
    operations::add_count(app, "--workers", workers, "Threads that serve, one client each");
  };
  return operations::run_main(argc, argv, options, add_options, [&](gateway::Context& context) {
    KeepaliveListener listener(operations::listen(context), KeepaliveOptions());
    ConnectionPool pool(context, PoolOptions());
    Channel<net::Descriptor> channel(100);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
      gateway::add(context.counters.threads_started);
      threads.emplace_back([&] {
        while (auto client = channel.receive()) {
          gateway::subtract(context.counters.channel_depth);
          serve_connection(net::Socket(std::move(*client)), pool, context);
        }
      });
    }
    operations::stop_on_signals(context, listener);
    operations::announce(listener);
    while (auto client = listener.accept()) {
      gateway::add(context.counters.connections_accepted);
      gateway::add(context.counters.channel_depth);
      channel.send(*client);
    }
    std::_Exit(EXIT_SUCCESS);
  });
}
