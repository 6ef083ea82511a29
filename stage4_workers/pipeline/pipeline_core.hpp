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

/// Which request goes over which upstream connection, and what becomes of those whose connection is
/// lost: a pipeline without its I/O. Submissions and received bytes go in; connections to be
/// dialled, their output() and woken submissions come out.
///
/// The connections come from the worker's share of the pool, by stage 2's rules (caps, eviction,
/// back-off). One is leased while anything is in flight on it, and carries up to --pipeline-depth
/// requests; past that another is leased. With a depth of 1 each request has a connection to
/// itself, as in stage 3. One that is past its lifetime, or that leads to where the upstream is no
/// more, finishes what it carries and takes no more. Knows no clock. Not thread-safe.
class PipelineCore {
 public:
  using Time = Submission::Time;                             ///< Callers tell it.
  using Pool = PoolCore<std::shared_ptr<SharedConnection>>;  ///< Whose deleter closes it.

  /// `pool` is the worker's share already; `seed` is for Jitter. `context` must outlive it.
  PipelineCore(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options,
               std::uint32_t seed);

  /// Takes a submission, whose replies are empty, and refuses what exceeds --max-in-flight. It must
  /// stay until it is done(): each request has its reply or an error, but for those that were not
  /// sent before Session::max_waiting_bytes of replies came.
  void submit(Submission& submission, Time now);

  bool wants_turn() const { return wants_turn_; }  ///< Whether turn() has something to do.

  /// Shares out among the connections what waits. Look at take_dial() and leased() then.
  void turn(Time now);

  /// Takes an order to dial. False: there is none. Then say dialled() or dial_failed().
  bool take_dial() { return dials_ordered_ > 0 && dials_ordered_-- > 0; }
  void dialled(std::shared_ptr<SharedConnection> connection, Time now);  ///< Has a turn() next.
  void dial_failed(Time now);  ///< Fails those that have nothing else to wait for.

  /// What carries requests, and may have output().
  const std::vector<Pool::Pooled>& leased() const { return leased_; }

  void received(SharedConnection& connection, std::string_view bytes, Time now);  ///< May close it.
  void closed(SharedConnection& connection, Time now);  ///< By the upstream, or from here.

  /// To be called now and then: fails what is overdue, and does the pool's housekeeping.
  void check_deadlines(Time now);

  /// Closes all connections. For when nobody waits for a reply any more.
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
  std::deque<Submission*> queue_;                 // in need of a connection
  std::deque<std::vector<Submission*>> retries_;  // each in need of a dial that is under way
  std::size_t dialling_ = 0;
  std::size_t dials_ordered_ = 0;  // of these
  bool wants_turn_ = false;
};

}  // namespace stagecoach
