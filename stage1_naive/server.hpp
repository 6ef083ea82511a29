#pragma once

#include "common/gateway/connection_threads.hpp"
#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "common/net/listener.hpp"

namespace stagecoach::stage1 {

/// The baseline: a thread for each connection, and a connection for each request, at both ends.
class Server {
 public:
  /// Takes over the listener, and accepts nothing until run().
  Server(gateway::Context& context, net::Listener listener);

  net::Listener& listener() { return listener_; }  ///< For stop(), from any thread.

  /// Serves until the listener is stopped, then drains.
  void run();

 private:
  void dispatch(net::Descriptor client);
  void serve_connection(net::Socket& client);
  void serve_requests(gateway::Session& session);
  void stop();

  gateway::Context& context_;
  net::Listener listener_;
  gateway::ConnectionThreads threads_;
};

}  // namespace stagecoach::stage1
