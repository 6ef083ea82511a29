#include "stage4_workers/server.hpp"

#include "common/gateway/client_io.hpp"
#include "common/gateway/drain.hpp"
#include "common/gateway/exchange.hpp"
#include "stage4_workers/client.hpp"

namespace stagecoach::stage4 {

Server::Server(gateway::Context& context, net::Listener listener, const PoolOptions& pool,
               const KeepaliveOptions& keepalive, const WorkerOptions& options)
    : context_(context),
      keepalive_(keepalive),
      options_(options),
      listener_(std::move(listener), keepalive),
      channel_(options.channel_capacity),
      sender_(channel_, options.channel_wait),
      workers_(context, pool, options) {}

// [run]
void Server::run() {
  workers_.start([this](Worker& worker) { return work(worker); });
  while (auto client = listener_.accept()) {
    dispatch(std::move(*client));
  }
  stop();
}
// [run]

// [dispatch]
void Server::dispatch(net::Descriptor client) {
  auto& counters = context_.counters;
  gateway::add(counters.connections_accepted);
  gateway::add(counters.channel_depth);
  const bool fits = ++counters.connections_open <= context_.options.max_clients;
  if (!fits || !sender_.send(client)) {
    gateway::add(counters.channel_shed, fits ? 1 : 0);
    gateway::subtract(counters.channel_depth);
    gateway::subtract(counters.connections_open);
    gateway::refuse(std::move(client), context_);
  }
}
// [dispatch]

// [work]
Awaitable<void> Server::work(Worker& worker) {
  while (auto client = co_await channel_.receive(worker.loop)) {
    gateway::subtract(context_.counters.channel_depth);
    if (options_.kind == WorkerKind::literal) {
      co_await serve_connection(worker, std::move(*client));
    } else {
      spawn(worker.loop, serve_connection(worker, std::move(*client)));
      co_await worker.free_seat();
    }
  }
}
// [work]

// [serve_connection]
Awaitable<void> Server::serve_connection(Worker& worker, net::Descriptor accepted) {
  const Worker::Seat seat(worker);
  Client client(worker.loop, worker.sockets, std::move(accepted));
  gateway::Session session(context_, keepalive_.max_requests);
  const auto idle_timeout = keepalive_.idle_timeout;
  while (co_await read_requests(client, session, idle_timeout, context_)) {
    if (!co_await serve_requests(worker, client, session) ||
        !co_await write_replies(client, session, context_)) {
      co_return;
    }
  }
  co_await linger(client, gateway::linger_timeout);
}
// [serve_connection]

// [serve_requests]
Awaitable<bool> Server::serve_requests(Worker& worker, Client& client, gateway::Session& session) {
  return worker.upstream.forward(session, client);
}
// [serve_requests]

void Server::stop() {
  channel_.close();
  workers_.drain();
}

}  // namespace stagecoach::stage4
