#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace stagecoach::net {

/// How long a call may wait. no_timeout waits forever.
using Timeout = std::chrono::milliseconds;
inline constexpr Timeout no_timeout{0};  ///< The 0 of options that accept it.

/// The shorter of two timeouts.
inline Timeout earlier(Timeout left, Timeout right) {
  return left == no_timeout || right == no_timeout ? std::max(left, right) : std::min(left, right);
}

/// A point in time by which several calls together have to be done.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;  ///< Setting the time of day does not move it.

  /// Counts from now.
  explicit Deadline(Timeout timeout)
      : timeout_(timeout),
        end_(timeout == no_timeout ? Clock::time_point::max() : Clock::now() + timeout) {}

  /// Asks the clock. Never true for no_timeout.
  bool expired() const { return timeout_ != no_timeout && Clock::now() >= end_; }

  /// The timeout for the next call, rounded up to a sixteenth of the whole. So the first call of
  /// each deadline asks for exactly the same, and Socket need not tell the kernel again.
  Timeout left() const {
    if (timeout_ == no_timeout) {
      return no_timeout;
    }
    const Timeout step = std::max(timeout_ / 16, Timeout(1));
    const auto left = std::chrono::ceil<Timeout>(end_ - Clock::now());
    return std::clamp((left + step - Timeout(1)) / step * step, Timeout(1), timeout_);
  }

  /// The timeout for the first of the `steps` that are left, if all get the same: a step that uses
  /// up its own leaves the others theirs. Not rounded, but at least 1 ms.
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
