#pragma once

#include <utility>

#include "common/gateway/context.hpp"
#include "common/gateway/failure.hpp"
#include "common/net/socket.hpp"

namespace stagecoach::gateway {

/// Counts an upstream connection: opened in the constructor, closed in the destructor.
class UpstreamTally {
 public:
  /// For a connection that was just made. `counters` must outlive it.
  explicit UpstreamTally(Counters& counters) : counters_(&counters) {
    add(counters_->upstream_dials);
    add(counters_->upstream_open);
  }
  /// The other then counts nothing.
  UpstreamTally(UpstreamTally&& other) noexcept
      : counters_(std::exchange(other.counters_, nullptr)) {}
  /// Swaps: the other then counts the end of this one's.
  UpstreamTally& operator=(UpstreamTally&& other) noexcept {
    std::swap(counters_, other.counters_);
    return *this;
  }
  ~UpstreamTally() {
    if (counters_ != nullptr) {
      add(counters_->upstream_closed);
      subtract(counters_->upstream_open);
    }
  }

 private:
  Counters* counters_;
};

/// A connection to the upstream for blocking use, closed when it goes out of scope.
struct Upstream {
  net::Socket socket;   ///< Logged in, if the upstream wants a password.
  UpstreamTally tally;  ///< Counts this connection.
  UpstreamPeer peer;    ///< Where it leads.

  bool stale() const { return net::is_stale(socket.native_handle()); }  ///< Must not be lent.
};

/// Connects to the first address of the upstream that answers, and gives it the password of
/// --upstream-password-file, all within --connect-timeout. Error: upstream_unreachable; the causes
/// are logged at level debug, address by address.
Result<Upstream> dial_upstream(Context& context);

/// The same, but not counted, and the error says why.
net::Result<net::Socket> try_upstream(Context& context);

/// The error if the upstream refused the password.
boost::system::error_code upstream_refused_password();

}  // namespace stagecoach::gateway
