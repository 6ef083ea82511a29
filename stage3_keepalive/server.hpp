#pragma once

#include "common/gateway/connection_threads.hpp"
#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "stage2_pool/connection_pool.hpp"
#include "stage3_keepalive/keepalive_listener.hpp"

namespace stagecoach::stage3 {

/// Stage 2, with client connections that stay open.
class Server {
 public:
  /// Takes over the listener, and accepts nothing until run().
  Server(gateway::Context& context, net::Listener listener, const PoolOptions& pool,
         const KeepaliveOptions& keepalive);

  KeepaliveListener& listener() { return listener_; }  ///< For stop(), from any thread.

  /// Serves until the listener is stopped, then drains.
  void run();

 private:
  void dispatch(net::Descriptor client);
  void serve_connection(net::Socket& client);
  void serve_requests(gateway::Session& session);
  void stop();

  gateway::Context& context_;
  const KeepaliveOptions keepalive_;
  KeepaliveListener listener_;
  ConnectionPool pool_;
  gateway::ConnectionThreads threads_;
};

}  // namespace stagecoach::stage3
