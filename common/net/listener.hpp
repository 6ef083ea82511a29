#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/net/descriptor.hpp"
#include "common/net/endpoint.hpp"

namespace stagecoach::net {

/// A listening TCP socket: Asio's acceptor, with an accept() that stop() can wake. Accepted
/// connections inherit TCP_NODELAY from it.
///
/// Asio's own accept() cannot be woken: closing the acceptor leaves it waiting. It also registers
/// each connection with epoll: two system calls that a blocking socket never needs.
///
/// accept() is for one thread; stop() is for any, and for signal handlers.
class Listener {
 public:
  using Acceptor = boost::asio::ip::tcp::acceptor;  ///< It holds the options.

  /// Binds and listens. Port 0 takes a free one. Throws boost::system::system_error.
  explicit Listener(const Endpoint& address);

  /// The next connection, or none once the listener was stopped. Blocks. Without a free descriptor
  /// it pauses and tries again, while connections wait in the backlog. Source: accept4(2).
  std::optional<Descriptor> accept();

  /// Counts these pauses in `counter`, which must outlive this.
  void count_pauses(std::atomic<std::uint64_t>& counter) { pauses_ = &counter; }

  /// Ends accepting and wakes a blocked accept(), which close(2) would not.
  void stop();

  Endpoint address() const { return acceptor_.local_endpoint(); }   ///< Its port is never 0.
  Acceptor& acceptor() { return acceptor_; }                        ///< For its options.
  int native_handle() { return acceptor_.native_handle(); }         ///< The listener keeps it.
  Descriptor release() { return Descriptor(acceptor_.release()); }  ///< It still listens.

 private:
  // Nothing runs in it, but an acceptor needs one.
  std::unique_ptr<boost::asio::io_context> context_ = std::make_unique<boost::asio::io_context>(1);
  Acceptor acceptor_;
  std::atomic<std::uint64_t>* pauses_ = nullptr;
};

}  // namespace stagecoach::net
