#pragma once

#include "common/net/listener.hpp"
#include "stage3_keepalive/keepalive_options.hpp"

namespace stagecoach {

/// A listener whose connections may stay open, because a peer that vanished is noticed.
///
/// A kept connection is mostly silent, and a peer that lost its power or its network says no
/// goodbye: without probes its thread and its memory are lost for good. What this accepts carries
/// SO_KEEPALIVE with TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT, which notice a silent peer after
/// idle + count * interval, and TCP_USER_TIMEOUT just under that, for while data is unacknowledged
/// TCP sends no probes. All are set once, on the listening socket, and inherited from it.
/// Source: socket(7), tcp(7), RFC 1122 section 4.2.3.6, RFC 5482.
class KeepaliveListener : public net::Listener {
 public:
  /// Rounds times up to whole seconds. Throws boost::system::system_error.
  KeepaliveListener(net::Listener listening, const KeepaliveOptions& options);
};

}  // namespace stagecoach
