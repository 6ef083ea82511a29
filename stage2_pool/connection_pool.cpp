#include "stage2_pool/connection_pool.hpp"

#include <algorithm>
#include <random>

namespace stagecoach {

using gateway::add;
using gateway::Failure;

/// A waiting thread.
struct ConnectionPool::Waiting final : Core::Waiter {
  std::condition_variable ready;
  void granted() override { ready.notify_one(); }
};

ConnectionPool::ConnectionPool(gateway::Context& context, const PoolOptions& options)
    : context_(context),
      options_(options),
      core_(options, std::random_device()(),
            [&context](const auto& upstream) { return context.upstream.has_left(upstream.peer); }),
      gauges_(context.counters),
      maintenance_([this] { maintain(); }) {}

ConnectionPool::~ConnectionPool() {
  close();
  maintenance_.join();
}

// [acquire]
gateway::Result<ConnectionPool::Lease> ConnectionPool::acquire() {
  auto& counters = context_.counters;
  const auto wait_until = Clock::now() + options_.wait_timeout;
  add(counters.pool_acquires);
  bool at_once = true;
  for (;;) {
    Core::Grant grant = ask(wait_until, at_once);
    if (grant.answer != Core::Answer::take) {
      add(counters.pool_misses);
      return grant.answer == Core::Answer::dial ? dial() : refusal(grant.answer);
    }
    Lease lease(*this, std::move(*grant.pooled));
    if (!(*lease).stale()) {
      add(at_once ? counters.pool_hits : counters.pool_misses);
      return lease;
    }
    add(counters.pool_stale);
    if (!at_once) {
      // Its turn has come. If it asked again, it would queue behind callers that came later.
      add(counters.pool_misses);
      if (!lease.redial()) {
        return Failure::upstream_unreachable;
      }
      return lease;
    }
    lease.discard();
  }
}
// [acquire]

ConnectionPool::Core::Grant ConnectionPool::ask(Clock::time_point wait_until, bool& at_once) {
  std::unique_lock lock(mutex_);
  Core::Grant grant = core_.ask(Clock::now());
  if (grant.answer == Core::Answer::wait) {
    at_once = false;
    add(context_.counters.pool_waits);
    Waiting waiting;
    core_.enqueue(waiting);
    const auto is_granted = [&] { return waiting.grant.answer != Core::Answer::wait; };
    if (!waiting.ready.wait_until(lock, wait_until, is_granted)) {
      core_.leave(waiting, Clock::now());
    }
    grant = std::move(waiting.grant);
  }
  gauges_.update(core_);
  return grant;
}

gateway::Result<ConnectionPool::Lease> ConnectionPool::dial() {
  auto connection = gateway::dial_upstream(context_);
  const std::lock_guard lock(mutex_);
  if (!connection) {
    core_.dial_failed(Clock::now());
    gauges_.update(core_);
    return Failure::upstream_unreachable;
  }
  auto pooled = core_.dialled(std::move(*connection), Clock::now());
  gauges_.update(core_);
  return Lease(*this, std::move(pooled));
}

Failure ConnectionPool::refusal(Core::Answer answer) {
  if (answer != Core::Answer::wait) {
    return Failure::upstream_unreachable;
  }
  add(context_.counters.pool_timeouts);
  return Failure::pool_timeout;
}

void ConnectionPool::give_back(Core::Pooled pooled) {
  const std::lock_guard lock(mutex_);
  core_.give_back(std::move(pooled), Clock::now());
  gauges_.update(core_);
}

void ConnectionPool::discarded() {
  const std::lock_guard lock(mutex_);
  core_.discarded(Clock::now());
  gauges_.update(core_);
}

void ConnectionPool::close() {
  const std::lock_guard lock(mutex_);
  core_.close();
  gauges_.update(core_);
  closed_ = true;
  closing_.notify_all();
}

void ConnectionPool::maintain() {
  using std::chrono::milliseconds;
  const auto shortest = std::min(options_.idle_timeout, options_.wait_timeout);
  const auto period = std::clamp(shortest / 4, milliseconds(5), milliseconds(1000));
  std::unique_lock lock(mutex_);
  while (!closed_) {
    core_.maintain(Clock::now());
    while (core_.dial_ahead(Clock::now(), 0)) {
      lock.unlock();
      // The lease ends at once, which returns the new connection to the pool.
      dial();
      lock.lock();
    }
    gauges_.update(core_);
    closing_.wait_for(lock, period, [this] { return closed_; });
  }
}

ConnectionPool::Lease::~Lease() {
  if (pool_ != nullptr) {
    pool_->give_back(std::move(pooled_));
  }
}

void ConnectionPool::Lease::discard() {
  if (pool_ == nullptr) {
    return;
  }
  { const gateway::Upstream closing = std::move(pooled_.connection); }
  std::exchange(pool_, nullptr)->discarded();
}

bool ConnectionPool::Lease::renew() {
  gateway::Counter& retries = pool_->context_.counters.retries;
  const bool renewed = redial();
  add(retries, renewed ? 1 : 0);
  return renewed;
}

bool ConnectionPool::Lease::redial() {
  { const gateway::Upstream closing = std::move(pooled_.connection); }
  auto fresh = std::exchange(pool_, nullptr)->dial();
  if (fresh) {
    pooled_ = std::move(fresh->pooled_);
    std::swap(pool_, fresh->pool_);
  }
  return fresh.has_value();
}

}  // namespace stagecoach
