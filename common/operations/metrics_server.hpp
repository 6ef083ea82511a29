#pragma once

#include <string>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/gateway/counters.hpp"
#include "common/net/deadline.hpp"
#include "common/net/listener.hpp"

namespace stagecoach::operations {

/// Answers GET and HEAD of /metrics with the counters, for Prometheus: one request a connection, on
/// a thread of its own. Whoever dawdles is cut off after `patience`, and holds up nobody meanwhile.
/// Source: RFC 9110, RFC 9112.
class MetricsServer {
 public:
  static constexpr net::Timeout patience{500};  ///< For the whole request, and for the reply.
  static constexpr int most_clients = 32;       ///< At a time; others wait in the backlog.
  /// What it takes at most: theirs, and those of the listener and of Asio's loop.
  static constexpr int descriptors = most_clients + 4;

  /// Starts the thread. `counters` must outlive this; `stage` is the executable's name.
  MetricsServer(net::Listener listener, const gateway::Counters& counters, std::string stage);

  /// Joins the thread. Connections that are left are closed.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

 private:
  boost::asio::awaitable<void> serve_one_after_another();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket accepted) const;

  const gateway::Counters& counters_;
  const std::string stage_;
  boost::asio::io_context loop_{1};  // Owns the coroutines, and they their connections.
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace stagecoach::operations
