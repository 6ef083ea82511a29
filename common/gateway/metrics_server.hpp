#pragma once

#include <string>
#include <thread>

#include "common/gateway/counters.hpp"
#include "common/net/listener.hpp"
#include "common/net/socket.hpp"

namespace stagecoach::gateway {

/// Answers `GET /metrics` with the counters, for Prometheus: one request a connection, one
/// connection at a time, on a thread of its own. Whoever dawdles is cut off after `patience`.
class MetricsServer {
 public:
  static constexpr net::Timeout patience{500};  ///< For the whole request, and for the reply.

  /// Starts the thread. `counters` must outlive this; `stage` is the executable's name.
  MetricsServer(net::Listener listener, const Counters& counters, std::string stage);

  /// Joins the thread, after the request that it answers.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

 private:
  void serve(net::Socket& client) const;

  net::Listener listener_;
  const Counters& counters_;
  const std::string stage_;
  std::thread thread_;
};

}  // namespace stagecoach::gateway
