#pragma once

#include <atomic>
#include <cstdint>

#include "common/gateway/counters.hpp"
#include "common/gateway/options.hpp"
#include "common/gateway/upstream_address.hpp"

namespace stagecoach::gateway {

/// What all parts of a running gateway share.
struct Context {
  const Options& options;                         ///< Read by main(). They outlive this.
  UpstreamAddress upstream;                       ///< --upstream, or the embedded origin.
  Counters counters{};                            ///< `INFO gateway` shows them.
  std::atomic<std::uint64_t> last_client_id = 0;  ///< The next client gets one more.

  /// Told to stop: during --drain-delay, PING tells this to clients that come from now on.
  std::atomic<bool> stopping = false;

  /// And --drain-delay is over: each client is read from at most once more.
  std::atomic<bool> draining = false;
};

}  // namespace stagecoach::gateway
