#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/net/address.hpp"
#include "common/net/socket.hpp"
#include "common/net/watchdog.hpp"

namespace stagecoach::net {

/// What a coroutine on a worker's loop returns.
using LoopExecutor = boost::asio::io_context::executor_type;
template <class T>
using Task = boost::asio::awaitable<T, LoopExecutor>;

using AsioSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, LoopExecutor>;

/// A client's connection for use in coroutines: Socket's calls by the same names, to be awaited.
///
/// A timeout is noticed by the watchdog's next look, and ends the connection's use. When the
/// watchdog drains, the client seems to have closed: what was received before can still be read.
/// For use on the loop's thread alone.
class AsyncSocket : private Watched {
 public:
  AsyncSocket(boost::asio::io_context& loop, Watchdog& watchdog, Descriptor connected);

  /// `buffer` may be shared with others: it is filled only when the caller goes on.
  Task<Result<std::size_t>> read_some(std::span<char> buffer, Timeout timeout);
  Task<Written> write_all(std::string_view bytes, Timeout timeout);

  /// As await_delivery() for blocking sockets.
  Task<void> await_delivery(Timeout timeout);

  bool draining() const { return draining_; }
  int native_handle() { return socket_.native_handle(); }

 private:
  void look(Deadline::Clock::time_point now) override;
  void drain() override;
  boost::system::error_code outcome(boost::system::error_code error) const;

  AsioSocket socket_;
  Deadline::Clock::time_point end_ = Deadline::Clock::time_point::max();
  bool timed_out_ = false;
  bool draining_ = false;
};

/// What a new connection needs before it can be used. An error ends it.
using Greeting = std::function<Task<boost::system::error_code>(AsioSocket&)>;

/// A connection to `address`, with TCP_NODELAY set, and greeted if `greet` is not empty: both
/// within `timeout`. Errors: timed_out, the system's, or the greeting's.
Task<Result<AsioSocket>> dial(boost::asio::io_context& loop, Watchdog& watchdog,
                              const Address& address, Timeout timeout, Greeting greet = {});

/// As linger() for blocking sockets; where the watchdog drains, behind await_delivery().
Task<void> linger(AsyncSocket& socket, Timeout timeout);

}  // namespace stagecoach::net
