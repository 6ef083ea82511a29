#include "stage4_workers/loop/watchdog.hpp"

namespace stagecoach {

Watchdog::Watchdog(boost::asio::io_context& loop, std::chrono::milliseconds period)
    : timer_(loop), period_(period) {
  wait();
}

void Watchdog::drain() {
  draining_ = true;
  visit([](Watched& watched) { watched.drain(); });
}

void Watchdog::stop() {
  stopped_ = true;
  timer_.cancel();
  visit([](Watched& watched) { watched.look(net::Deadline::Clock::time_point::max()); });
}

void Watchdog::wait() {
  timer_.expires_after(period_);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) {
      return;
    }
    const auto now = net::Deadline::Clock::now();
    visit([now](Watched& watched) { watched.look(now); });
    if (!stopped_) {
      wait();
    }
  });
}

/// Each step may end any of what is watched: a look resumes coroutines.
template <class Step>
void Watchdog::visit(Step step) {
  List unvisited;
  unvisited.swap(watched_);
  while (!unvisited.empty()) {
    Watched& next = unvisited.front();
    watched_.splice(watched_.end(), unvisited, unvisited.begin());
    step(next);
  }
}

}  // namespace stagecoach
