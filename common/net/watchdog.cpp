#include "common/net/watchdog.hpp"

namespace stagecoach::net {

Watchdog::Watchdog(boost::asio::io_context& loop, std::chrono::milliseconds period)
    : timer_(loop), period_(period) {
  wait();
}

void Watchdog::drain() {
  draining_ = true;
  for (auto next = watched_.begin(); next != watched_.end();) {
    (next++)->drain();
  }
}

void Watchdog::stop() { timer_.cancel(); }

void Watchdog::wait() {
  timer_.expires_after(period_);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) {
      return;
    }
    const auto now = Deadline::Clock::now();
    for (auto next = watched_.begin(); next != watched_.end();) {
      (next++)->look(now);
    }
    wait();
  });
}

}  // namespace stagecoach::net
