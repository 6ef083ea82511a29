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
/// Bounded: never more than max_open connections, no longer wait for one than wait_timeout; who
/// waits is served first come, first served. A lent connection was probed: one that the upstream
/// has closed is not lent. Connections that are idle for too long, or too old, or that lead to
/// where the upstream is no more, are really closed, by a thread of the pool's own, which also
/// dials min_idle of them ahead. After a failed dial Backoff says when the next is tried; meanwhile
/// who needs one fails at once, or waits for one that is still open. Thread-safe.
class ConnectionPool {
 public:
  using Core = PoolCore<gateway::Upstream>;  ///< Its bookkeeping, under the pool's lock.

  // [lease]
  /// A connection on loan. It returns to the pool where the lease ends, so whoever saw a timeout,
  /// a malformed or a partial reply, or bytes behind the reply must discard() it: the next to
  /// borrow it would get another's reply. Move-only.
  class Lease {
   public:
    /// Made by acquire(). The pool must outlive it.
    Lease(ConnectionPool& pool, Core::Pooled pooled) : pool_(&pool), pooled_(std::move(pooled)) {}
    /// The other returns nothing any more.
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), pooled_(std::move(other.pooled_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    gateway::Upstream& operator*() { return pooled_.connection; }  ///< Not after discard().

    /// Whether it was idle before, and so may have been closed meanwhile.
    bool reused() const { return pooled_.reused; }

    /// Closes the connection, if there is one, instead of returning it.
    void discard();

    /// Closes the connection and dials another in its place, for a retry, which is counted. False,
    /// and nothing is left to be used, where that fails.
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

  /// Waits for a dial ahead of need that is under way: --connect-timeout at most.
  ~ConnectionPool();

  /// A connection: an idle one, or a new one, or the first that another returns.
  /// Errors: pool_timeout, upstream_unreachable.
  gateway::Result<Lease> acquire();

  /// Closes idle connections, and others as they return; fails those that wait. Idempotent.
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
