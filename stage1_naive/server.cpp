#include "stage1_naive/server.hpp"

#include "common/gateway/client_io.hpp"
#include "common/gateway/exchange.hpp"

namespace stagecoach::stage1 {

Server::Server(gateway::Context& context, net::Listener listener)
    : context_(context),
      listener_(std::move(listener)),
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
    auto upstream = gateway::dial_upstream(context_);
    if (!upstream) {
      gateway::fail(*exchange, upstream.error(), context_.counters);
      continue;
    }
    const auto attempt = gateway::attempt(*upstream, *exchange, context_);
    if (attempt.failure) {
      gateway::fail(*exchange, *attempt.failure, context_.counters);
    }
  }
}
// [serve_requests]

void Server::stop() { threads_.drain(); }

}  // namespace stagecoach::stage1
