#pragma once

#include <cstdint>

#include "common/gateway/counters.hpp"

namespace stagecoach {

/// Adds a pool's state to the gateway's counters; several pools can share them.
/// Call update() under the pool's lock, after each change.
class PoolGauges {
 public:
  /// `counters` must outlive it.
  explicit PoolGauges(gateway::Counters& counters) : counters_(counters) {}

  /// Adds the changes since the last call. Always pass the same `core`.
  template <class Core>
  void update(const Core& core) {
    move(counters_.pool_open, open_, core.open());
    move(counters_.pool_idle, idle_, core.idle());
    move(counters_.pool_evicted, evicted_, core.evicted());
  }

 private:
  static void move(gateway::Counter& counter, std::uint64_t& last, std::uint64_t now) {
    gateway::add(counter, now - last);
    last = now;
  }

  gateway::Counters& counters_;
  std::uint64_t open_ = 0;
  std::uint64_t idle_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace stagecoach
