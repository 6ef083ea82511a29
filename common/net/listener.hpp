#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/net/descriptor.hpp"
#include "common/net/endpoint.hpp"

namespace stagecoach::net {

/// A listening TCP socket. What it accepts has TCP_NODELAY set, inherited from it.
///
/// accept() is for one thread; stop() may be called from any, and from a signal handler.
class Listener {
 public:
  /// Binds and listens; port 0 takes a free one. Throws boost::system::system_error.
  explicit Listener(const Endpoint& address);

  /// The next connection; nothing once the listener was stopped. Blocks. Without a free descriptor
  /// it pauses and tries again: the connections wait in the backlog. Source: accept4(2).
  std::optional<Descriptor> accept();

  /// Adds each such pause to `counter`, which must outlive this.
  void count_pauses(std::atomic<std::uint64_t>& counter) { pauses_ = &counter; }

  /// Ends accepting and wakes a blocked accept(), which close(2) would not.
  void stop();

  Endpoint address() const { return local_endpoint(descriptor_.get()); }  ///< With the port taken.
  int native_handle() const { return descriptor_.get(); }  ///< Still the listener's to close.
  Descriptor release() { return std::move(descriptor_); }  ///< Listens still.

 private:
  Descriptor descriptor_;
  std::atomic<std::uint64_t>* pauses_ = nullptr;
};

}  // namespace stagecoach::net
