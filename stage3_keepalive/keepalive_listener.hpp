#pragma once

#include "common/net/listener.hpp"
#include "stage3_keepalive/keepalive_options.hpp"

namespace stagecoach {

/// A listener that notices vanished peers, so that its connections can stay open.
///
/// A kept connection is mostly silent, and a peer that lost its power or network says no goodbye.
/// Without probes its thread and its memory would be lost for good. SO_KEEPALIVE with TCP_KEEPIDLE,
/// TCP_KEEPINTVL and TCP_KEEPCNT notices a silent peer after idle + count * interval. While data is
/// unacknowledged TCP sends no probes, so TCP_USER_TIMEOUT is set just under that time. All are set
/// once, on the listening socket, and accepted connections inherit them.
/// Source: socket(7), tcp(7), RFC 1122 section 4.2.3.6, RFC 5482.
class KeepaliveListener : public net::Listener {
 public:
  /// Rounds times up to whole seconds. Throws boost::system::system_error.
  KeepaliveListener(net::Listener listening, const KeepaliveOptions& options);
};

}  // namespace stagecoach
