#pragma once

#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "stage3_keepalive/keepalive_listener.hpp"
#include "stage4_workers/channel.hpp"
#include "stage4_workers/patient_sender.hpp"
#include "stage4_workers/worker.hpp"

namespace stagecoach::stage4 {

/// Stage 3, with a fixed number of threads: a channel brings connections to N workers.
class Server {
 public:
  /// Takes over the listener, and accepts nothing until run().
  Server(gateway::Context& context, net::Listener listener, const PoolOptions& pool,
         const KeepaliveOptions& keepalive, const WorkerOptions& options);

  KeepaliveListener& listener() { return listener_; }  ///< For stop(), from any thread.

  /// Serves until the listener is stopped, then drains.
  void run();

 private:
  void dispatch(net::Descriptor client);
  Awaitable<void> work(Worker& worker);
  Awaitable<void> serve_connection(Worker& worker, net::Descriptor accepted);
  Awaitable<bool> serve_requests(Worker& worker, Client& client, gateway::Session& session);
  void stop();

  gateway::Context& context_;
  const KeepaliveOptions keepalive_;
  const WorkerOptions options_;
  KeepaliveListener listener_;
  Channel<net::Descriptor> channel_;
  PatientSender<net::Descriptor> sender_;
  Workers workers_;
};

}  // namespace stagecoach::stage4
