#pragma once

#include <algorithm>
#include <chrono>

namespace stagecoach {

/// Decides when to dial again after a failed dial: one attempt after each delay. The delay doubles
/// until an attempt succeeds. Not thread-safe.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;                         ///< Callers pass its times.
  static constexpr std::chrono::milliseconds first_delay{50};      ///< After the first failure.
  static constexpr std::chrono::milliseconds longest_delay{1000};  ///< After any number of them.

  // [may_dial]
  /// Whether to dial now. After a failure one caller per delay may try, on behalf of all.
  bool may_dial(Clock::time_point now) {
    if (delay_ == delay_.zero()) {
      return true;
    }
    if (now < next_) {
      return false;
    }
    next_ = now + delay_;
    probing_ = true;
    return true;
  }
  // [may_dial]

  /// A dial failed. If many were under way together, only the first failure counts.
  void failed(Clock::time_point now) {
    if (delay_ > delay_.zero() && !probing_) {
      return;
    }
    probing_ = false;
    delay_ = std::clamp(delay_ * 2, first_delay, longest_delay);
    next_ = now + delay_;
  }

  void succeeded() { delay_ = delay_.zero(); }  ///< Any caller may dial again.

 private:
  std::chrono::milliseconds delay_{0};
  Clock::time_point next_;
  bool probing_ = false;  // a dial was allowed after the last failure that counted
};

}  // namespace stagecoach
