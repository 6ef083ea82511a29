#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace stagecoach {

/// Shortens equal durations by up to a tenth each, so that connections which were opened together
/// do not all end together. Not thread-safe.
class Jitter {
 public:
  explicit Jitter(std::uint32_t seed) : random_(seed) {}  ///< Best a different one for each pool.

  /// From nine tenths of `duration` to all of it, each equally likely.
  std::chrono::milliseconds operator()(std::chrono::milliseconds duration) {
    std::uniform_int_distribution<std::int64_t> shortening(0, duration.count() / 10);
    return duration - std::chrono::milliseconds(shortening(random_));
  }

 private:
  std::minstd_rand random_;
};

}  // namespace stagecoach
