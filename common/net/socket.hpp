#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/net/deadline.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/endpoint.hpp"

namespace stagecoach::net {

/// How far a write came. `error` is empty if everything was written.
struct Written {
  std::size_t bytes = 0;            ///< Taken by the kernel, maybe not by the peer.
  boost::system::error_code error;  ///< Why the rest was not.
};

/// A connected TCP socket for blocking use. Every call that can block has a timeout.
///
/// Errors: timed_out, after which the socket is still usable, or the system's. Not thread-safe, but
/// shutdown(2) of its descriptor from another thread wakes a blocked call.
/// Source: socket(7), tcp(7).
///
/// Why not an Asio socket? Asio registers each with epoll, which blocking calls never use. Its
/// blocking reads poll without limit, whatever SO_RCVTIMEO says.
class Socket {
 public:
  Socket() = default;
  explicit Socket(Descriptor connected) : descriptor_(std::move(connected)) {}  ///< Must block.

  /// Waits for bytes. 0 bytes: the peer will send no more.
  Result<std::size_t> read_some(std::span<char> buffer, Timeout timeout);

  /// Writes what the peer takes within `timeout`, at least one byte; otherwise timed_out.
  Result<std::size_t> write_some(std::string_view bytes, Timeout timeout);

  /// Writes everything, or fails once the peer has taken nothing for `timeout`.
  Written write_all(std::string_view bytes, Timeout timeout);

  Result<std::size_t> read_now(std::span<char> buffer);   ///< timed_out: nothing there.
  Result<std::size_t> write_now(std::string_view bytes);  ///< 0 bytes: no room.

  /// Waits for any of poll(2)'s `events`. 0: none came within `timeout`.
  int wait(short events, Timeout timeout);

  int native_handle() const { return descriptor_.get(); }  ///< The socket keeps it.
  Descriptor release() { return std::move(descriptor_); }  ///< The connection stays open.

 private:
  void arm(int option, Timeout& armed, Timeout timeout);

  Descriptor descriptor_;
  Timeout receive_timeout_{-1};  // -1: unknown
  Timeout send_timeout_{-1};
};

/// Connects to `address`, with TCP_NODELAY. Errors: timed_out, or the system's.
Result<Socket> dial(const Endpoint& address, Timeout timeout);

/// The errno of a failed call on a connection. timed_out is a deadline of ours. If TCP gave up a
/// vanished peer, for which it uses the same name, it is host_unreachable.
boost::system::error_code last_error();

/// Call it before closing: closing a socket with unread input sends RST, which can destroy the last
/// reply on its way. This ends sending, and reads until the client closes, too, for at most
/// `timeout`. If there is nothing to read, it costs one system call.
void linger(Socket& socket, Timeout timeout);

/// Waits until the peer's system has everything that was written, for at most `timeout`. Then
/// closing the socket destroys no reply, whatever the peer still sends.
void await_delivery(Socket& socket, Timeout timeout);

/// How many written bytes the peer's system has not acknowledged. Source: tcp(7), SIOCOUTQ.
int unacknowledged(int fd);

/// How often to ask unacknowledged() while waiting for delivery.
inline constexpr Timeout delivery_poll{1};

/// For every socket of every stage: a reply must not wait for an acknowledgement. Source: tcp(7).
void set_no_delay(int fd);

/// Whether an idle connection is useless: closed by its peer, broken, or holding bytes that nobody
/// asked for. Costs one system call.
bool is_stale(int fd);

}  // namespace stagecoach::net
