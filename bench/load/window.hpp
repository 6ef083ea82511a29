#pragma once

#include <chrono>

#include "bench/load/tally.hpp"

namespace stagecoach::bench {

/// What is measured of a run: from begin() to end().
class Window {
 public:
  explicit Window(Tally& tally) : tally_(tally) {}  ///< It must outlive this.

  void begin();  ///< Once.
  void end();    ///< Once, after begin().

  std::chrono::system_clock::time_point began{};  ///< What other machines call the time, too.
  std::chrono::nanoseconds elapsed{};             ///< By a clock that nobody sets.
  std::chrono::nanoseconds cpu{};                 ///< User and system time of this process.

 private:
  Tally& tally_;
  Clock::time_point started_;
  std::chrono::nanoseconds cpu_at_start_{};
};

}  // namespace stagecoach::bench
