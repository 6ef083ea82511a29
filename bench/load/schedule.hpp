#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "bench/load/tally.hpp"

namespace stagecoach::bench {

/// The intended send times of an open loop: evenly spaced from `start` to just before `end`,
/// whatever happens to the requests. Source: wrk2. A closed loop does not keep them, which wrk2
/// calls "coordinated omission".
class Schedule {
 public:
  /// `rate` in requests a second.
  Schedule(double rate, Clock::time_point start, Clock::time_point end)
      : rate_(rate), start_(start), end_(end) {}

  /// When the next request is due; beyond the end once all are taken.
  Clock::time_point next() const {
    const std::chrono::duration<double> offset(static_cast<double>(taken_) / rate_);
    return start_ + std::chrono::round<Clock::duration>(offset);
  }
  /// Never after over().
  bool is_due(Clock::time_point now) const { return next() <= now && !over(); }
  bool over() const { return next() >= end_; }  ///< Nothing more is due.
  void take() { ++taken_; }                     ///< The request is sent, or given up.
  void end(Clock::time_point now) { end_ = std::min(end_, now); }  ///< Nothing is due after `now`.

 private:
  double rate_;
  Clock::time_point start_;
  Clock::time_point end_;
  std::uint64_t taken_ = 0;
};

}  // namespace stagecoach::bench
