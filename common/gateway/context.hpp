#pragma once

#include <atomic>
#include <cstdint>

#include "common/gateway/counters.hpp"
#include "common/gateway/options.hpp"
#include "common/net/address.hpp"

namespace stagecoach::gateway {

/// What all parts of a running gateway share.
struct Context {
  const Options& options;                         ///< What main() read; outlives this.
  net::Address upstream;                          ///< Resolved once, at the start.
  Counters counters{};                            ///< What `INFO gateway` shows.
  std::atomic<std::uint64_t> last_client_id = 0;  ///< The next client's is one more.

  /// Told to stop: each client is read from once more at most.
  std::atomic<bool> draining = false;
};

}  // namespace stagecoach::gateway
