#include "bench/load/drive.hpp"

#include <algorithm>
#include <deque>

#include <boost/asio/steady_timer.hpp>

namespace stagecoach::bench {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto tick_interval = 10ms;
// Requests that are due within this time leave together: timers cost CPU that the server could use.
constexpr auto send_granularity = 100us;

// Calls `action` when the timer expires, and again at each time that it returns; not after
// Clock::time_point::max(), nor after the timer is cancelled.
void repeat(asio::steady_timer& timer, std::function<Clock::time_point()> action) {
  timer.async_wait([&timer, action](boost::system::error_code error) {
    if (error) return;
    const auto next = action();
    if (next == Clock::time_point::max()) return;
    timer.expires_at(next);
    repeat(timer, action);
  });
}

}  // namespace

void drive(asio::io_context& io, Run run, std::size_t connections, Tally& tally) {
  std::size_t busy = connections;
  std::deque<Connection> clients;
  asio::steady_timer ticker(io, tick_interval);
  run.on_idle = [&](Connection&) {
    if (--busy == 0) ticker.cancel();
  };
  for (std::size_t i = 0; i < connections; ++i) clients.emplace_back(io, run, tally);
  repeat(ticker, [&] {
    const auto now = Clock::now();
    for (Connection& client : clients) client.tick(now);
    return busy > 0 ? now + tick_interval : Clock::time_point::max();
  });
  for (Connection& client : clients) client.start();
  io.restart();
  io.run();
}

void drive_on_schedule(asio::io_context& io, Run run, std::size_t connections, Workload& workload,
                       Schedule& schedule, Tally& tally) {
  std::deque<Connection> clients;
  std::deque<Connection*> idle;
  asio::steady_timer ticker(io, tick_interval);
  asio::steady_timer sender(io, schedule.next());
  run.next = [&](Clock::time_point now) -> Request {
    if (!schedule.is_due(now)) return {};
    const Request request{&workload.choose(), schedule.next()};
    schedule.take();
    return request;
  };
  run.on_idle = [&](Connection& client) { idle.push_back(&client); };
  for (std::size_t i = 0; i < connections; ++i) {
    idle.push_back(&clients.emplace_back(io, run, tally));
  }
  repeat(sender, [&] {
    const auto now = Clock::now();
    while (!idle.empty() && schedule.is_due(now)) {
      Connection& client = *idle.front();
      idle.pop_front();
      client.start();
    }
    if (schedule.over()) return Clock::time_point::max();
    return std::max(schedule.next(), now + send_granularity);
  });
  repeat(ticker, [&] {
    const auto now = Clock::now();
    for (Connection& client : clients) client.tick(now);
    for (; schedule.is_due(now - run.timeout); schedule.take()) ++tally.errors[never_sent];
    const bool done = schedule.over() && idle.size() == clients.size();
    return done ? Clock::time_point::max() : now + tick_interval;
  });
  io.restart();
  io.run();
}

}  // namespace stagecoach::bench
