#include "bench/load/tally.hpp"

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

void Tally::open_window() {
  began = std::chrono::system_clock::now();
  opened_ = Clock::now();
  cpu_at_start_ = cpu_time();
}

void Tally::close_window() {
  closed_ = Clock::now();
  elapsed = closed_ - opened_;
  cpu = cpu_time() - cpu_at_start_;
}

void Tally::right_reply(Clock::time_point due, Clock::time_point sent, Clock::time_point now) {
  ++right_replies;
  requests += window_is_open();
  if (due < opened_ || due >= closed_) return;
  latencies.push_back(now - due);
  service_times.push_back(now - sent);
}

}  // namespace stagecoach::bench
