#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/gateway/context.hpp"
#include "common/gateway/failure.hpp"
#include "common/gateway/upstream.hpp"
#include "stage2_pool/pool_core.hpp"
#include "stage2_pool/pool_gauges.hpp"

namespace stagecoach {

/// Upstream connections that outlive the requests they carry.
///
/// There are never more than max_open, and nobody waits longer than wait_timeout; waiters are
/// served in order. Each connection is probed before it is lent, so one that the upstream has
/// closed is not lent. The pool's own thread dials min_idle connections ahead. It also closes those
/// that were idle for too long, are too old, or lead to where the upstream no longer is. After a
/// failed dial, Backoff says when to try again; until then a caller that would dial fails at once,
/// or waits for a connection that is still open. Thread-safe.
class ConnectionPool {
 public:
  using Core = PoolCore<gateway::Upstream>;  ///< The bookkeeping, under the pool's lock.

  // [lease]
  /// A connection on loan. The destructor returns it to the pool. After a timeout, a malformed or
  /// partial reply, or bytes behind the reply, discard() it: the next borrower would get the reply
  /// to another request. Move-only.
  class Lease {
   public:
    /// Made by acquire(). The pool must outlive it.
    Lease(ConnectionPool& pool, Core::Pooled pooled) : pool_(&pool), pooled_(std::move(pooled)) {}
    /// The other one then returns nothing.
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), pooled_(std::move(other.pooled_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    gateway::Upstream& operator*() { return pooled_.connection; }  ///< Not after discard().

    /// Whether it was idle before the loan, so that the upstream may have closed it.
    bool reused() const { return pooled_.reused; }

    /// Closes the connection, if there is one, instead of returning it to the pool.
    void discard();

    /// Closes the connection and dials another for a retry, which is counted. False if the dial
    /// fails: then the lease is empty.
    bool renew();

   private:
    friend ConnectionPool;

    bool redial();

    ConnectionPool* pool_;  // null: nothing to return
    Core::Pooled pooled_;
  };
  // [lease]

  /// Starts the thread, which dials min_idle connections. `context` must outlive the pool.
  ConnectionPool(gateway::Context& context, const PoolOptions& options);

  /// Waits for a dial ahead that is under way, for at most --connect-timeout.
  ~ConnectionPool();

  /// Lends an idle connection, or a new one, or the first that another caller returns.
  /// Errors: pool_timeout, upstream_unreachable.
  gateway::Result<Lease> acquire();

  /// Closes idle connections now and leased ones as they return; waiters fail. Idempotent.
  void close();

 private:
  using Clock = Core::Clock;
  struct Waiting;

  Core::Grant ask(Clock::time_point wait_until, bool& at_once);
  gateway::Result<Lease> dial();
  gateway::Failure refusal(Core::Answer answer);
  void give_back(Core::Pooled pooled);
  void discarded();
  void maintain();

  gateway::Context& context_;
  const PoolOptions options_;
  std::mutex mutex_;
  Core core_;
  PoolGauges gauges_;
  bool closed_ = false;
  std::condition_variable closing_;
  std::thread maintenance_;
};

}  // namespace stagecoach
