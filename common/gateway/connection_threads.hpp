#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "common/gateway/context.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/socket.hpp"

namespace stagecoach::gateway {

/// The threads of a server that gives each connection its own. Every thread is joined: finished
/// ones when the next one starts, all others by drain().
///
/// start() and drain() are for one thread, the acceptor's.
class ConnectionThreads {
 public:
  using Serve = std::function<void(net::Socket&)>;  ///< Returns when the client is done.

  /// Many threads call `serve` at once. An exception from it is logged, and ends only that thread's
  /// connection.
  ConnectionThreads(Context& context, Serve serve) : context_(context), serve_(std::move(serve)) {}

  /// Starts a thread that serves `client` and closes it. False if --max-clients are being served,
  /// or the system has no thread left; then `client` stays as it is.
  bool start(net::Descriptor& client);

  /// Lets every connection finish the requests that it received, and joins its thread. Ends the
  /// process if that takes longer than --drain-timeout.
  void drain();

 private:
  struct Connection {
    explicit Connection(net::Descriptor accepted) : client(std::move(accepted)) {}

    net::Socket client;
    std::thread thread;
    bool closing = false;  // served: drain() leaves its input alone, see run()
  };
  using Connections = std::list<Connection>;

  bool is_full();
  Connections::iterator admit(net::Descriptor& client);
  net::Descriptor take_back_last();
  void run(Connections::iterator connection);
  void close(Connection& connection);
  void join_finished();

  Context& context_;
  Serve serve_;
  std::mutex mutex_;
  std::condition_variable none_left_;
  Connections live_;
  Connections finished_;
};

}  // namespace stagecoach::gateway
