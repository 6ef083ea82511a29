#include "stage4_workers/worker.hpp"

#include <algorithm>
#include <utility>

namespace stagecoach {
namespace {

/// Often enough for the shortest of the deadlines that the loop has to keep.
std::chrono::milliseconds watchdog_period(const gateway::Options& options,
                                          const PoolOptions& pool) {
  const auto shortest = std::min({options.connect_timeout, options.request_timeout,
                                  options.read_timeout, options.write_timeout, pool.wait_timeout});
  return std::clamp(shortest / 4, net::Timeout(2), net::Timeout(100));
}

}  // namespace

Worker::Worker(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options)
    : loop(watchdog_period(context.options, pool)),
      upstream(loop, context, options.pool_each(pool), options),
      context_(context),
      max_connections_(options.connections_each(context.options)) {}

Worker::~Worker() {
  loop.stop();
  if (thread_.joinable()) {
    thread_.join();
  }
  seat_freed_ = nullptr;
  loop.abandon();
}

Worker::Seat::Seat(Worker& worker) : worker_(worker) { ++worker_.connections_; }

Worker::Seat::~Seat() {
  --worker_.connections_;
  gateway::subtract(worker_.context_.counters.connections_open);
  gateway::add(worker_.context_.counters.connections_served);
  if (worker_.seat_freed_ != nullptr) {
    std::exchange(worker_.seat_freed_, nullptr)->set();
  }
  worker_.end_if_done();
}

void Worker::start(Task<void> work) {
  loop.spawn(run_to_the_end(std::move(work)));  // up to its first wait: the thread needs no memory
  thread_ = std::thread([this] {
    loop.run();
    ended_.set_value();
  });
  gateway::add(context_.counters.threads_started);
  gateway::add(context_.counters.workers);
}

Task<void> Worker::run_to_the_end(Task<void> work) {
  co_await std::move(work);
  working_ = false;
  end_if_done();
}

Task<void> Worker::free_seat() {
  while (connections_ >= max_connections_) {
    Event freed;
    seat_freed_ = &freed;
    co_await freed.wait();
  }
}

void Worker::drain() {
  loop.post([this] { loop.watchdog().drain(); });
}

bool Worker::join(net::Deadline::Clock::time_point deadline) {
  if (ended_.get_future().wait_until(deadline) != std::future_status::ready) {
    return false;
  }
  thread_.join();
  return true;
}

void Worker::end_if_done() {
  if (!working_ && connections_ == 0) {
    // Not now: the last connection may have ended within a call from one of the two.
    loop.post([this] {
      upstream.close();
      loop.finish();
    });
  }
}

}  // namespace stagecoach
