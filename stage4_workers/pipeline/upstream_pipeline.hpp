#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "common/gateway/context.hpp"
#include "common/gateway/exchange.hpp"
#include "stage2_pool/pool_core.hpp"
#include "stage2_pool/pool_gauges.hpp"
#include "stage4_workers/batch.hpp"
#include "stage4_workers/loop/event_loop.hpp"
#include "stage4_workers/ring.hpp"
#include "stage4_workers/shared_connection.hpp"
#include "stage4_workers/worker_options.hpp"

namespace stagecoach {

/// One worker's way upstream: what all its clients ask for in one turn of the loop leaves in one
/// write.
///
/// The connections come from the worker's share of the pool, by stage 2's rules (caps, eviction,
/// back-off). A connection is leased while anything is in flight on it, and carries up to
/// --pipeline-depth requests; past that another is leased. With a depth of 1 each request has a
/// connection to itself, as in stage 3. One that is past its lifetime finishes what it carries and
/// takes no more. For use on the loop's thread alone.
class UpstreamPipeline : private Watched, private SharedConnection::Owner {
 public:
  using Core = PoolCore<std::unique_ptr<SharedConnection>>;  ///< Without a lock: one thread's.

  /// `pool` is the worker's share already. `loop` and `context` must outlive it.
  UpstreamPipeline(EventLoop& loop, gateway::Context& context, const PoolOptions& pool,
                   const WorkerOptions& options);

  /// Has the requests of `exchanges`, whose replies are empty, answered or failed: all of them, or
  /// as many as were sent before Session::max_waiting_bytes of replies came. False where the
  /// replies are larger than --max-output-bytes together; then they are incomplete, and their
  /// client has to be closed.
  ///
  /// Where `receiver` is given, the one reply may be written to it while it comes, but for its end.
  /// Where that breaks off it is no error reply any more, but false.
  Task<bool> exchange(std::span<gateway::Exchange* const> exchanges,
                      AsyncSocket* receiver = nullptr);

  /// Closes all connections. For when nobody waits for a reply any more; not to be called from
  /// within a call of the pipeline's.
  void close();

 private:
  using Time = Core::Time;

  void look(Time now) override;
  void drain() override {}
  void finished(Batch& batch) override;
  void progressed(SharedConnection& connection) override;
  void handed_back(Batch& batch) override;
  void lost(SharedConnection& connection, std::vector<Slot> repeatable, Batch* rest) override;

  std::size_t admit(Batch& batch);
  void enqueue(Batch& batch);
  void request_turn();
  void turn();
  void fill(SharedConnection& connection, Time now);
  bool lease_another(Time now);
  Task<void> dial(std::vector<Slot> repeatable, Batch* rest);
  Task<net::Result<std::unique_ptr<SharedConnection>>> connect();
  void give_back_idle();
  void give_back(SharedConnection& connection);
  void fail_unsent(Batch& batch, gateway::Failure failure);
  void fail_queue(gateway::Failure failure);
  std::vector<Core::Pooled>::iterator find_leased(const SharedConnection& connection);
  Core::Pooled take_leased(const SharedConnection& connection);

  EventLoop& loop_;
  gateway::Context& context_;
  const WorkerOptions options_;
  const net::Timeout wait_timeout_;
  Core core_;
  PoolGauges gauges_;
  std::vector<Core::Pooled> leased_;
  Ring<Batch*> queue_;  // in need of a connection
  std::size_t dialling_ = 0;
  bool turn_requested_ = false;
};

}  // namespace stagecoach
