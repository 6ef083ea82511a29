#pragma once

#include <algorithm>
#include <chrono>

namespace stagecoach {

/// When to dial again after a dial has failed: one attempt after each delay, and the delay doubles
/// until one succeeds. Not thread-safe.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;                     ///< Of the times that callers pass.
  static constexpr std::chrono::milliseconds first_delay{50};  ///< After one failure.
  static constexpr std::chrono::milliseconds longest_delay{1000};  ///< However many follow.

  // [may_dial]
  /// Whether to dial now. While the last dial is known to have failed, only one caller in each
  /// delay is told so: it probes for all.
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

  /// A dial failed. Of many that were under way together, only the first counts.
  void failed(Clock::time_point now) {
    if (delay_ > delay_.zero() && !probing_) {
      return;
    }
    probing_ = false;
    delay_ = std::clamp(delay_ * 2, first_delay, longest_delay);
    next_ = now + delay_;
  }

  void succeeded() { delay_ = delay_.zero(); }  ///< Everybody may dial again.

 private:
  std::chrono::milliseconds delay_{0};
  Clock::time_point next_;
  bool probing_ = false;  // a dial was allowed since the last failure that counted
};

}  // namespace stagecoach
