#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "bench/stages/settings.hpp"

namespace stagecoach::bench {

/// Says on standard error what is running, and how long the rest will take.
class Progress {
 public:
  /// `rows`: how many are going to be measured, each `settings.repetitions` times.
  Progress(const Settings& settings, std::size_t rows);

  /// To be called before each run of a row, and at the end. Print nothing without --progress.
  void next(const std::string& row);
  void done() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::chrono::duration<double> time_left() const;

  const Settings& settings_;
  std::size_t total_;
  std::size_t begun_ = 0;
  std::map<std::string, std::size_t> repetitions_;
  Clock::time_point started_ = Clock::now();
};

}  // namespace stagecoach::bench
