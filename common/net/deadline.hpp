#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace stagecoach::net {

/// How long a call may wait; no_timeout waits for ever.
using Timeout = std::chrono::milliseconds;
inline constexpr Timeout no_timeout{0};  ///< An option's 0, where that takes one.

/// The shorter of two.
inline Timeout earlier(Timeout left, Timeout right) {
  return left == no_timeout || right == no_timeout ? std::max(left, right) : std::min(left, right);
}

/// A point in time by which a step of several calls has to be done.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;  ///< Setting the time of day moves none.

  /// Counts from now.
  explicit Deadline(Timeout timeout)
      : timeout_(timeout),
        end_(timeout == no_timeout ? Clock::time_point::max() : Clock::now() + timeout) {}

  /// Asks the clock. Never for no_timeout.
  bool expired() const { return timeout_ != no_timeout && Clock::now() >= end_; }

  /// The timeout for the next call. Rounded up to a sixteenth of the whole, so that the first call
  /// asks for exactly what the last deadline asked for, and Socket need not tell the kernel again.
  Timeout left() const {
    if (timeout_ == no_timeout) {
      return no_timeout;
    }
    const Timeout step = std::max(timeout_ / 16, Timeout(1));
    const auto left = std::chrono::ceil<Timeout>(end_ - Clock::now());
    return std::clamp((left + step - Timeout(1)) / step * step, Timeout(1), timeout_);
  }

  /// The timeout for the first of `steps` that are left, if each gets as much: so that one which
  /// takes all it may leaves the others theirs. Not rounded, but 1 ms at least.
  Timeout share(std::size_t steps) const {
    if (timeout_ == no_timeout) {
      return no_timeout;
    }
    const auto share = (end_ - Clock::now()) / static_cast<std::ptrdiff_t>(steps);
    return std::clamp(std::chrono::ceil<Timeout>(share), Timeout(1), timeout_);
  }

 private:
  Timeout timeout_;
  Clock::time_point end_;
};

}  // namespace stagecoach::net
