#include "stage2_pool/server.hpp"

#include "common/gateway/client_io.hpp"
#include "common/gateway/exchange.hpp"

namespace stagecoach::stage2 {

Server::Server(gateway::Context& context, net::Listener listener, const PoolOptions& pool)
    : context_(context),
      listener_(std::move(listener)),
      pool_(context, pool),
      threads_(context, [this](net::Socket& client) { serve_connection(client); }) {}

// [run]
void Server::run() {
  while (auto client = listener_.accept()) {
    dispatch(std::move(*client));
  }
  stop();
}
// [run]

// [dispatch]
void Server::dispatch(net::Descriptor client) {
  gateway::add(context_.counters.connections_accepted);
  if (!threads_.start(client)) {
    gateway::refuse(std::move(client), context_);
  }
}
// [dispatch]

// [serve_connection]
void Server::serve_connection(net::Socket& client) {
  gateway::Session session(context_);
  const auto idle_timeout = context_.options.read_timeout;
  if (gateway::read_requests(client, session, idle_timeout, context_)) {
    serve_requests(session);
    gateway::write_replies(client, session, context_);
  }
}
// [serve_connection]

// [serve_requests]
void Server::serve_requests(gateway::Session& session) {
  while (gateway::Exchange* exchange = session.next_forward()) {
    auto upstream = pool_.acquire();
    if (!upstream) {
      gateway::fail(*exchange, upstream.error(), context_.counters);
      continue;
    }
    auto attempt = gateway::attempt(**upstream, *exchange, context_);
    if (may_retry(attempt, *exchange) && upstream->reused() && upstream->renew()) {
      attempt = gateway::attempt(**upstream, *exchange, context_);
    }
    if (!attempt.reusable) {
      upstream->discard();
    }
    if (attempt.failure) {
      gateway::fail(*exchange, *attempt.failure, context_.counters);
    }
  }
}
// [serve_requests]

void Server::stop() { threads_.drain(); }

}  // namespace stagecoach::stage2
