#pragma once

#include <atomic>
#include <cstdint>

#include "common/gateway/counters.hpp"
#include "common/gateway/options.hpp"
#include "common/gateway/upstream_address.hpp"

namespace stagecoach::gateway {

/// What all parts of a running gateway share.
struct Context {
  const Options& options;                         ///< What main() read; outlives this.
  UpstreamAddress upstream;                       ///< Of --upstream, or of the embedded origin.
  Counters counters{};                            ///< What `INFO gateway` shows.
  std::atomic<std::uint64_t> last_client_id = 0;  ///< The next client's is one more.

  /// Told to stop: whoever is served from now on hears of it in answer to PING, during
  /// --drain-delay.
  std::atomic<bool> stopping = false;

  /// And --drain-delay is over: each client is read from once more at most.
  std::atomic<bool> draining = false;
};

}  // namespace stagecoach::gateway
