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
  /// Errors: boost::system::system_error, thrown.
  Client(asio::io_context& loop, TimedSocket::List& sockets, net::Descriptor accepted);

  /// Ends the input: what was received before can still be read, then it seems that the client has
  /// closed.
  void end_input();
  void drain() override { end_input(); }             ///< For when the worker ends.
  bool input_ended() const { return input_ended_; }  ///< By end_input().

  /// From now on end_input() does nothing. Behind the end of its output it would have Linux reset
  /// the connection at the next byte that comes, with what is not delivered yet (tcp_input.c).
  void keep_input() { input_ended_ = true; }

  bool closed = false;  ///< A read has found that it sends no more.
  Signal answered;      ///< Set when there is something to be written.

 private:
  bool input_ended_ = false;
};

/// gateway::read_requests(), to be awaited. A client that is silent for a second has the session
/// give back its memory.
Awaitable<bool> read_requests(Client& client, gateway::Session& session, net::Timeout idle_timeout,
                              gateway::Context& context);

/// gateway::write_replies(), to be awaited.
Awaitable<bool> write_replies(Client& client, gateway::Session& session, gateway::Context& context);

/// Writes everything, and reads ahead meanwhile, for the session. False if the client has closed,
/// or taken nothing for --write-timeout.
Awaitable<bool> write_all(Client& client, gateway::Session& session, std::string_view bytes,
                          gateway::Context& context);

/// net::linger(), to be awaited; for a client whose input was ended, net::await_delivery().
Awaitable<void> linger(Client& client, net::Timeout timeout);

}  // namespace stagecoach
