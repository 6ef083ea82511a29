#include "bench/stages/progress.hpp"

#include <cmath>
#include <iomanip>
#include <iostream>

namespace stagecoach::bench {
namespace {

// To start and stop the processes of a run; only the first estimate needs it.
constexpr std::chrono::duration<double> overhead{0.2};

}  // namespace

Progress::Progress(const Settings& settings, std::size_t rows)
    : settings_(settings), total_(rows * settings.repetitions) {}

void Progress::next(const std::string& row) {
  const double left = std::ceil(time_left().count());
  ++begun_;
  const std::size_t repetition = ++repetitions_[row];
  if (!settings_.progress) return;
  const auto width = static_cast<int>(std::to_string(total_).size());
  std::cerr << '[' << std::setw(width) << begun_ << '/' << total_ << "] " << row << ", repetition "
            << repetition << " of " << settings_.repetitions << ", about " << left << " s left"
            << std::endl;
}

void Progress::done() const {
  if (!settings_.progress) return;
  const auto taken = std::chrono::ceil<std::chrono::seconds>(Clock::now() - started_);
  std::cerr << begun_ << " runs in " << taken.count() << " s" << std::endl;
}

std::chrono::duration<double> Progress::time_left() const {
  const auto left = static_cast<double>(total_ - begun_);
  if (begun_ == 0)
    return left * (std::chrono::duration<double>(settings_.seconds) + warmup + overhead);
  return left / static_cast<double>(begun_) * (Clock::now() - started_);
}

}  // namespace stagecoach::bench
