#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "stage2_pool/backoff.hpp"
#include "stage2_pool/jitter.hpp"
#include "stage2_pool/pool_options.hpp"

namespace stagecoach {

/// The rules of a connection pool: which caller gets a connection, which dials, and which waits.
///
/// It does no I/O, knows no clock and takes no lock. Callers pass the time, dial when they are told
/// to, and lock around it if threads share it. It has two faces: ConnectionPool blocks, and stage
/// 4's workers await.
///
/// Invariants: open() counts idle connections, leased ones, and dials under way. It never exceeds
/// max_open. Waiters are served in order, ahead of later callers. They wait only while all slots
/// are taken, or while the back-off forbids a dial and an open connection may come back. The
/// connection used last is lent first, so those that are not needed grow old and are closed.
template <class Connection>
class PoolCore {
 public:
  using Clock = Backoff::Clock;    ///< For callers to read: the core does not.
  using Time = Clock::time_point;  ///< They pass it as `now`.

  /// A connection, and what the pool knows about it.
  struct Pooled {
    Connection connection;  ///< Closed by its destructor.
    Time end_of_life;       ///< It is not lent after this.
    Time idle_since{};      ///< When it last came back.
    bool reused = false;    ///< It was lent before, or dialled ahead.
  };

  /// What the caller has to do.
  enum class Answer {
    take,         ///< Here is a connection: `Grant::pooled`.
    dial,         ///< Dial one, then call dialled() or dial_failed().
    wait,         ///< None is free: enqueue(), or go without.
    unreachable,  ///< A dial failed just now; it is too early to try again.
    closed,       ///< The pool was closed.
  };

  /// An answer, and its connection.
  struct Grant {
    Answer answer = Answer::wait;    ///< `wait`: nothing granted yet.
    std::optional<Pooled> pooled{};  ///< Only with `take`.
  };

  /// A caller in the queue. When `grant` holds something other than `wait`, granted() is called
  /// once, from within the call of another caller.
  struct Waiter {
    Grant grant;                 ///< To be taken, or given up by leave().
    virtual void granted() = 0;  ///< May only wake: the core is in the middle of a call.

   protected:
    ~Waiter() = default;
  };

  /// Whether a connection leads to where the upstream no longer is.
  using HasLeft = std::function<bool(const Connection&)>;

  /// `seed` is for Jitter. `has_left` is asked before each loan and at each return.
  PoolCore(const PoolOptions& options, std::uint32_t seed, HasLeft has_left)
      : options_(options), jitter_(seed), has_left_(std::move(has_left)) {}

  // [ask]
  /// Lends a connection, grants a dial, or says why neither.
  Grant ask(Time now) {
    if (closed_) {
      return {Answer::closed};
    }
    while (!idle_.empty()) {
      Pooled pooled = std::move(idle_.back());
      idle_.pop_back();
      if (!is_over(pooled, now)) {
        return {Answer::take, std::move(pooled)};
      }
      --open_;
      ++evicted_;
    }
    dial_for_waiters(now);
    if (open_ >= options_.max_open || !queue_.empty()) {
      return {Answer::wait};
    }
    if (!backoff_.may_dial(now)) {
      return {open_ > 0 ? Answer::wait : Answer::unreachable};
    }
    ++open_;
    return {Answer::dial};
  }
  // [ask]

  /// Joins the queue, after ask() answered `wait`. The waiter stays there until it is granted
  /// something or leaves.
  void enqueue(Waiter& waiter) { queue_.push_back(&waiter); }

  // [leave]
  /// A waiter gives up. Whatever it was granted meanwhile goes to the next.
  void leave(Waiter& waiter, Time now) {
    std::erase(queue_, &waiter);
    if (waiter.grant.answer == Answer::take) {
      give_back(std::move(*waiter.grant.pooled), now);
    } else if (waiter.grant.answer == Answer::dial) {
      free_slot(now);
    }
  }
  // [leave]

  /// A granted dial succeeded. Waiters may dial now, too.
  Pooled dialled(Connection connection, Time now) {
    backoff_.succeeded();
    dial_for_waiters(now);
    return {std::move(connection), now + jitter_(options_.max_lifetime)};
  }

  /// A granted dial failed. If nothing else is open, all waiters fail.
  void dial_failed(Time now) {
    backoff_.failed(now);
    free_slot(now);
  }

  // [give_back]
  /// A usable connection comes back. It goes to the first waiter, or is kept, or is closed.
  void give_back(Pooled pooled, Time now) {
    const bool retired = is_retired(pooled, now);
    const bool keep = !closed_ && options_.max_idle > 0 && !retired;
    if (!keep || (queue_.empty() && idle_.size() >= options_.max_idle)) {
      { const Connection closing = std::move(pooled.connection); }
      evicted_ += retired ? 1 : 0;
      free_slot(now);
      return;
    }
    pooled.reused = true;
    if (!queue_.empty()) {
      grant_first({Answer::take, std::move(pooled)});
      return;
    }
    pooled.idle_since = now;
    idle_.push_back(std::move(pooled));
  }
  // [give_back]

  /// Whether a connection is too old, or leads to where the upstream no longer is. Requests in
  /// flight on it finish, and it is not lent again.
  bool is_retired(const Pooled& pooled, Time now) const {
    return now >= pooled.end_of_life || has_left_(pooled.connection);
  }

  /// A connection was closed instead of being given back.
  void discarded(Time now) { free_slot(now); }

  /// Call it now and then. It closes idle connections that are retired or were idle for too long,
  /// and lets the first waiter dial if the back-off is over.
  void maintain(Time now) {
    const std::size_t count =
        std::erase_if(idle_, [&](const Pooled& pooled) { return is_over(pooled, now); });
    open_ -= count;
    evicted_ += count;
    dial_for_waiters(now);
  }

  /// Takes a slot for a connection to be dialled ahead; `under_way` others are being dialled
  /// already. If true, dial, then call dialled() and give_back(), or dial_failed().
  bool dial_ahead(Time now, std::size_t under_way) {
    if (closed_ || idle_.size() + under_way >= options_.min_idle || open_ >= options_.max_open ||
        !backoff_.may_dial(now)) {
      return false;
    }
    ++open_;
    return true;
  }

  /// Closes idle connections now and leased ones as they come back; waiters get `closed`.
  /// Idempotent.
  void close() {
    closed_ = true;
    open_ -= idle_.size();
    idle_.clear();
    while (!queue_.empty()) {
      grant_first({Answer::closed});
    }
  }

  std::size_t open() const { return open_; }             ///< Slots taken, of max_open.
  std::size_t idle() const { return idle_.size(); }      ///< Of these, ready to be lent.
  std::size_t waiting() const { return queue_.size(); }  ///< The length of the queue.
  std::size_t evicted() const { return evicted_; }       ///< Retired or idle for too long, so far.

 private:
  void free_slot(Time now) {
    --open_;
    dial_for_waiters(now);
    while (open_ == 0 && !queue_.empty()) {
      grant_first({Answer::unreachable});
    }
  }

  void dial_for_waiters(Time now) {
    while (!queue_.empty() && open_ < options_.max_open && backoff_.may_dial(now)) {
      ++open_;
      grant_first({Answer::dial});
    }
  }

  bool is_over(const Pooled& pooled, Time now) const {
    return is_retired(pooled, now) || now - pooled.idle_since >= options_.idle_timeout;
  }

  void grant_first(Grant grant) {
    Waiter* waiter = queue_.front();
    queue_.pop_front();
    waiter->grant = std::move(grant);
    waiter->granted();
  }

  const PoolOptions options_;
  Backoff backoff_;
  Jitter jitter_;
  const HasLeft has_left_;
  std::vector<Pooled> idle_;  // the one used last is at the back
  std::deque<Waiter*> queue_;
  std::size_t open_ = 0;
  std::size_t evicted_ = 0;
  bool closed_ = false;
};

}  // namespace stagecoach
