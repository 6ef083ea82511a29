#pragma once

#include <string_view>

#include "common/gateway/context.hpp"
#include "common/gateway/session.hpp"
#include "common/net/descriptor.hpp"
#include "stage4_workers/signal.hpp"
#include "stage4_workers/timed_socket.hpp"

namespace stagecoach {

/// A client's connection. For one coroutine, on the loop's thread.
class Client final : public TimedSocket {
 public:
  /// Takes over an accepted connection. Throws boost::system::system_error.
  Client(asio::io_context& loop, TimedSocket::List& sockets, net::Descriptor accepted);

  /// Ends the input: bytes that were received before can still be read; then it looks as if the
  /// client had closed.
  void end_input();
  void drain() override { end_input(); }             ///< Called when the worker ends.
  bool input_ended() const { return input_ended_; }  ///< By end_input() or keep_input().

  /// From now on end_input() does nothing. After the end of the output it would make Linux reset
  /// the connection at the next byte, and undelivered output would be lost (tcp_input.c).
  void keep_input() { input_ended_ = true; }

  bool closed = false;  ///< A read found that the client sends no more.
  Signal answered;      ///< Set when there is something to write.

 private:
  bool input_ended_ = false;
};

/// gateway::read_requests(), to be awaited. After a second of silence the session gives back its
/// memory.
Awaitable<bool> read_requests(Client& client, gateway::Session& session, net::Timeout idle_timeout,
                              gateway::Context& context);

/// gateway::write_replies(), to be awaited.
Awaitable<bool> write_replies(Client& client, gateway::Session& session, gateway::Context& context);

/// Writes everything. Meanwhile it reads ahead, for the session. False if the client has closed, or
/// took nothing for --write-timeout.
Awaitable<bool> write_all(Client& client, gateway::Session& session, std::string_view bytes,
                          gateway::Context& context);

/// net::linger(), to be awaited. If the input was ended, net::await_delivery().
Awaitable<void> linger(Client& client, net::Timeout timeout);

}  // namespace stagecoach
