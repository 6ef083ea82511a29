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

/// A listening TCP socket: Asio's acceptor, with an accept() that stop() wakes. What it accepts has
/// TCP_NODELAY set, inherited from it.
///
/// Asio's own accept() cannot be woken: closing the acceptor leaves it waiting. It also registers
/// each connection with epoll, two system calls that a thread with a blocking socket never needs.
///
/// accept() is for one thread; stop() may be called from any, and from a signal handler.
class Listener {
 public:
  using Acceptor = boost::asio::ip::tcp::acceptor;  ///< What holds the options.

  /// Binds and listens; port 0 takes a free one. Throws boost::system::system_error.
  explicit Listener(const Endpoint& address);

  /// The next connection; nothing once the listener was stopped. Blocks. Without a free descriptor
  /// it pauses and tries again: the connections wait in the backlog. Source: accept4(2).
  std::optional<Descriptor> accept();

  /// Adds each such pause to `counter`, which must outlive this.
  void count_pauses(std::atomic<std::uint64_t>& counter) { pauses_ = &counter; }

  /// Ends accepting and wakes a blocked accept(), which close(2) would not.
  void stop();

  Endpoint address() const { return acceptor_.local_endpoint(); }   ///< With the port taken.
  Acceptor& acceptor() { return acceptor_; }                        ///< For its options.
  int native_handle() { return acceptor_.native_handle(); }         ///< Still the listener's.
  Descriptor release() { return Descriptor(acceptor_.release()); }  ///< Listens still.

 private:
  // Nothing runs in it: an acceptor cannot be without.
  std::unique_ptr<boost::asio::io_context> context_ = std::make_unique<boost::asio::io_context>(1);
  Acceptor acceptor_;
  std::atomic<std::uint64_t>* pauses_ = nullptr;
};

}  // namespace stagecoach::net
