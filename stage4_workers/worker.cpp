#include "stage4_workers/worker.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "common/gateway/drain.hpp"

namespace stagecoach {
namespace {

/// Often enough for the shortest deadline that the loop has to keep.
net::Timeout shortest_of(const gateway::Options& options, const PoolOptions& pool) {
  const auto shortest = std::min({options.connect_timeout, options.request_timeout,
                                  options.read_timeout, options.write_timeout, pool.wait_timeout});
  return std::clamp(shortest / 4, net::Timeout(2), net::Timeout(100));
}

}  // namespace

// UNSAFE_IO: sockets and timers take no lock, so only the loop's thread may use them. post() stays
// safe from other threads.
Worker::Worker(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options)
    : loop(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      upstream(loop, sockets, context, options.pool_each(pool), options),
      context_(context),
      period_(shortest_of(context.options, pool)),
      max_connections_(options.connections_each(context.options)),
      seat_freed_(loop, Time::max()),
      tick_(loop) {}

Worker::~Worker() { loop.stop(); }

Worker::Seat::Seat(Worker& worker) : worker_(worker) { ++worker_.connections_; }

Worker::Seat::~Seat() {
  --worker_.connections_;
  gateway::subtract(worker_.context_.counters.connections_open);
  gateway::add(worker_.context_.counters.connections_served);
  worker_.seat_freed_.cancel();
  worker_.end_if_done();
}

void Worker::start(Awaitable<void> work) {
  spawn(loop, keep_deadlines());
  spawn(loop, run(std::move(work)));
  running_ = std::async(std::launch::async, [this]() noexcept { loop.run(); });
}

Awaitable<void> Worker::run(Awaitable<void> work) {
  co_await std::move(work);
  working_ = false;
  end_if_done();
}

// [keep_deadlines]
Awaitable<void> Worker::keep_deadlines() {
  while (!done() || !sockets.empty()) {
    const auto now = Clock::now();
    for (TimedSocket& socket : sockets) {
      socket.check_deadlines(now);
    }
    upstream.check_deadlines(now);
    tick_.expires_after(period_);
    co_await tick_.async_wait(as_tuple);
  }
}
// [keep_deadlines]

Awaitable<void> Worker::free_seat() {
  while (connections_ >= max_connections_) {
    co_await seat_freed_.async_wait(as_tuple);
  }
}

void Worker::drain() {
  asio::post(loop, [this] {
    for (TimedSocket& socket : sockets) {
      socket.drain();
    }
  });
}

bool Worker::has_ended(Time deadline) {
  return running_.wait_until(deadline) == std::future_status::ready;
}

/// Without connections nothing needs to wait, and once nothing waits the loop ends.
void Worker::end_if_done() {
  if (done()) {
    tick_.cancel();
    upstream.close();
    for (TimedSocket& socket : sockets) {
      socket.check_deadlines(Time::max());
    }
  }
}

Workers::Workers(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options)
    : context_(context) {
  for (std::size_t i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(context, pool, options));
  }
}

void Workers::start(const std::function<Awaitable<void>(Worker&)>& work) {
  gateway::add(context_.counters.threads_started, workers_.size());
  gateway::add(context_.counters.workers, workers_.size());
  for (auto& worker : workers_) {
    worker->start(work(*worker));
  }
}

void Workers::drain() {
  context_.draining = true;
  for (auto& worker : workers_) {
    worker->drain();
  }
  const auto deadline = net::Deadline::Clock::now() + context_.options.drain_timeout;
  for (auto& worker : workers_) {
    if (!worker->has_ended(deadline)) {
      gateway::exit_undrained(context_.counters.connections_open);
    }
  }
}

}  // namespace stagecoach
