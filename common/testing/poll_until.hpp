#pragma once

#include <chrono>
#include <thread>

namespace stagecoach::testing {

/// Looks again and again whether `predicate` holds; false if it still does not after `bound`. The
/// only place in the tests that sleeps: they wait for everything else with this.
template <class Predicate>
bool poll_until(Predicate predicate,
                std::chrono::milliseconds bound = std::chrono::milliseconds(10'000)) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace stagecoach::testing
