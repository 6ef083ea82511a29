#pragma once

#include <chrono>
#include <thread>

namespace stagecoach::testing {

/// The longest that a test waits for what has to happen. It only ends a test that would hang: a
/// machine whose memory was taken back for a while has needed twenty times as long as usual.
inline constexpr std::chrono::milliseconds longest_wait{60'000};

/// Looks again and again whether `predicate` holds; false if it still does not after `bound`. The
/// only place in the tests that sleeps: they wait for everything else with this.
template <class Predicate>
bool poll_until(Predicate predicate, std::chrono::milliseconds bound = longest_wait) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace stagecoach::testing
