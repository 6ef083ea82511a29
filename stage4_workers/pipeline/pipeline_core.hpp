#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "common/gateway/context.hpp"
#include "stage2_pool/pool_core.hpp"
#include "stage2_pool/pool_gauges.hpp"
#include "stage4_workers/pipeline/shared_connection.hpp"
#include "stage4_workers/worker_options.hpp"

namespace stagecoach {

/// A pipeline without its I/O. It decides which connection carries a request, and what happens to
/// requests whose connection is lost. Submissions and received bytes go in; orders to dial,
/// output() to write and woken submissions come out.
///
/// Connections come from the worker's share of the pool, by stage 2's rules (caps, eviction,
/// back-off). One stays leased while anything is in flight on it, and carries up to
/// --pipeline-depth requests; then another is leased. With a depth of 1 each request has a
/// connection to itself, as in stage 3. A connection that is too old, or leads to where the
/// upstream no longer is, finishes its requests and takes no more. Knows no clock. Not thread-safe.
class PipelineCore {
 public:
  using Time = Submission::Time;                             ///< Passed by callers.
  using Pool = PoolCore<std::shared_ptr<SharedConnection>>;  ///< The deleter closes it.

  /// `pool` is the worker's share; `seed` is for Jitter. `context` must outlive this.
  PipelineCore(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options,
               std::uint32_t seed);

  /// Takes a submission, whose replies are empty, and refuses what exceeds --max-in-flight. It must
  /// stay until it is done(). Then each request has its reply or an error, except those that were
  /// still unsent when Session::max_waiting_bytes of replies had come.
  void submit(Submission& submission, Time now);

  bool wants_turn() const { return wants_turn_; }  ///< turn() has something to do.

  /// Shares out waiting requests among the connections. Then look at take_dial() and leased().
  void turn(Time now);

  /// Takes an order to dial, if there is one. Then call dialled() or dial_failed().
  bool take_dial() { return dials_ordered_ > 0 && dials_ordered_-- > 0; }
  void dialled(std::shared_ptr<SharedConnection> connection, Time now);  ///< turn() comes next.
  void dial_failed(Time now);  ///< Fails requests that have nothing else to wait for.

  /// The connections that carry requests, and may have output().
  const std::vector<Pool::Pooled>& leased() const { return leased_; }

  void received(SharedConnection& connection, std::string_view bytes, Time now);  ///< May close it.
  void closed(SharedConnection& connection, Time now);  ///< By either side.

  /// Call it now and then: fails overdue requests, and does the pool's housekeeping.
  void check_deadlines(Time now);

  /// Closes all connections. Call it when nobody waits for a reply any more.
  void close(Time now);

 private:
  using Leased = std::vector<Pool::Pooled>::iterator;

  void queue(Submission& submission, Time now);
  void fill(SharedConnection& connection, Time now);
  bool lease_another(Time now);
  void order_dial();
  void settle(SharedConnection& connection, Time now);
  void lost(SharedConnection& connection, gateway::Failure failure, Time now);
  void give_up_one();
  void fail_queue(gateway::Failure failure);
  void release(Leased leased, Time now);
  Leased find(const SharedConnection& connection);

  gateway::Context& context_;
  const WorkerOptions options_;
  const net::Timeout wait_timeout_;
  Pool pool_;
  PoolGauges gauges_;
  std::vector<Pool::Pooled> leased_;
  std::deque<Submission*> queue_;                 // need a connection
  std::deque<std::vector<Submission*>> retries_;  // each needs a dial that is under way
  std::size_t dialling_ = 0;
  std::size_t dials_ordered_ = 0;  // of these, not yet taken
  bool wants_turn_ = false;
};

}  // namespace stagecoach
