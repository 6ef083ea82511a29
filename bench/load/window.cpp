#include "bench/load/window.hpp"

#include <sys/resource.h>

namespace stagecoach::bench {
namespace {

std::chrono::nanoseconds cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto sum = [](timeval a, timeval b) {
    return std::chrono::seconds(a.tv_sec + b.tv_sec) +
           std::chrono::microseconds(a.tv_usec + b.tv_usec);
  };
  return sum(usage.ru_utime, usage.ru_stime);
}

}  // namespace

void Window::begin() {
  began = std::chrono::system_clock::now();
  started_ = Clock::now();
  tally_.open_window(started_);
  cpu_at_start_ = cpu_time();
}

void Window::end() {
  const auto now = Clock::now();
  tally_.close_window(now);
  elapsed = now - started_;
  cpu = cpu_time() - cpu_at_start_;
}

}  // namespace stagecoach::bench
