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

/// Answers GET and HEAD of /metrics with the counters, for Prometheus: one request per connection,
/// on a thread of its own. A slow client is cut off after `patience`, and holds up nobody
/// meanwhile. Source: RFC 9110, RFC 9112.
class MetricsServer {
 public:
  static constexpr net::Timeout patience{500};  ///< For the request, and again for the reply.
  static constexpr int most_clients = 32;       ///< At a time; more wait in the backlog.
  /// The most that it takes: for these, the listener, and Asio's loop.
  static constexpr int descriptors = most_clients + 4;

  /// Starts the thread. `counters` must outlive this; `stage` is the executable's name.
  MetricsServer(net::Listener listener, const gateway::Counters& counters, std::string stage);

  /// Joins the thread, and closes connections that are left.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

 private:
  boost::asio::awaitable<void> serve_one_after_another();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket accepted) const;

  const gateway::Counters& counters_;
  const std::string stage_;
  boost::asio::io_context loop_{1};  // owns the coroutines, and they own their connections
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace stagecoach::operations
