#pragma once

#include <utility>

#include "common/gateway/context.hpp"
#include "common/gateway/failure.hpp"
#include "common/net/socket.hpp"

namespace stagecoach::gateway {

/// Counts one upstream connection: opened where this is made, closed where it ends.
class UpstreamTally {
 public:
  /// For a connection that has just been made. `counters` must outlive it.
  explicit UpstreamTally(Counters& counters) : counters_(&counters) {
    add(counters_->upstream_dials);
    add(counters_->upstream_open);
  }
  /// The other counts nothing any more.
  UpstreamTally(UpstreamTally&& other) noexcept
      : counters_(std::exchange(other.counters_, nullptr)) {}
  /// Swaps: the other ends what this has counted.
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

/// A connection to the upstream for blocking use, closed where it goes out of scope.
struct Upstream {
  net::Socket socket;   ///< Logged in, where the upstream wants that.
  UpstreamTally tally;  ///< Of this connection.
  UpstreamPeer peer;    ///< Where it leads.

  bool stale() const { return net::is_stale(socket.native_handle()); }  ///< Not fit to be lent.
};

/// A new connection, to the first of the upstream's addresses that answers, on which the upstream
/// has taken the password that --upstream-password-file holds: all within --connect-timeout. Error:
/// upstream_unreachable, whose causes are logged at level debug, address by address.
Result<Upstream> dial_upstream(Context& context);

/// The same, but no counter counts it, and the error says why.
net::Result<net::Socket> try_upstream(Context& context);

/// The error of a connection on which the upstream refused the password.
boost::system::error_code upstream_refused_password();

}  // namespace stagecoach::gateway
