#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/net/deadline.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/endpoint.hpp"

namespace stagecoach::net {

/// How far a write came. `error` is empty when everything was written.
struct Written {
  std::size_t bytes = 0;            ///< Taken by the kernel; whether by the peer is not known.
  boost::system::error_code error;  ///< Why the rest was not.
};

/// A connected TCP socket for blocking use; every call that can block has a timeout.
///
/// Errors: timed_out, after which the socket can still be used, or the system's. Not thread-safe,
/// but shutdown(2) of its descriptor from another thread wakes a blocked call.
/// Source: socket(7), tcp(7).
///
/// Not an Asio socket: Asio registers each with epoll, which blocking calls never use, and its
/// blocking reads poll without limit, whatever SO_RCVTIMEO says.
class Socket {
 public:
  Socket() = default;
  explicit Socket(Descriptor connected) : descriptor_(std::move(connected)) {}  ///< Must block.

  /// Waits for some bytes. 0 bytes: the peer will send no more.
  Result<std::size_t> read_some(std::span<char> buffer, Timeout timeout);

  /// Writes what the peer takes within `timeout`, at least a byte; without one it is timed_out.
  Result<std::size_t> write_some(std::string_view bytes, Timeout timeout);

  /// Writes everything, or fails when the peer has taken nothing for as long as `timeout`.
  Written write_all(std::string_view bytes, Timeout timeout);

  Result<std::size_t> read_now(std::span<char> buffer);   ///< timed_out: there is nothing.
  Result<std::size_t> write_now(std::string_view bytes);  ///< 0 bytes: there is no room.

  /// Waits for any of poll(2)'s `events`; 0: none came within `timeout`.
  int wait(short events, Timeout timeout);

  int native_handle() const { return descriptor_.get(); }  ///< Still the socket's to close.
  Descriptor release() { return std::move(descriptor_); }  ///< The connection stays open.

 private:
  void arm(int option, Timeout& armed, Timeout timeout);

  Descriptor descriptor_;
  Timeout receive_timeout_{-1};  // -1: not known
  Timeout send_timeout_{-1};
};

/// A connection to `address`, with TCP_NODELAY set. Errors: timed_out, or the system's.
Result<Socket> dial(const Endpoint& address, Timeout timeout);

/// What errno says of a call on a connection that failed. timed_out is a deadline of ours; where
/// TCP gave up a peer that vanished, which it calls by the same name, it is host_unreachable.
boost::system::error_code last_error();

/// To be called before closing: closing a socket with unread input sends RST, which can destroy the
/// last reply on its way. Ends sending and reads on until the client has closed too, for at most
/// `timeout`; costs one system call where nothing was left to read.
void linger(Socket& socket, Timeout timeout);

/// Waits until the peer's system has all that was written, for at most `timeout`: from then on
/// closing the socket destroys no reply, whatever the peer still sends.
void await_delivery(Socket& socket, Timeout timeout);

/// How many bytes of what was written the peer's system has not acknowledged. Source: tcp(7),
/// SIOCOUTQ.
int unacknowledged(int fd);

/// How often unacknowledged() is asked while somebody waits for all to be delivered.
inline constexpr Timeout delivery_poll{1};

/// Every socket of every stage has it: a reply must not wait for an acknowledgement. Source:
/// tcp(7).
void set_no_delay(int fd);

/// Whether an idle connection is of no more use: closed by its peer, broken, or with bytes on it
/// that nobody asked for. Costs one system call.
bool is_stale(int fd);

}  // namespace stagecoach::net
