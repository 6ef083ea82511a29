#pragma once

#include <cstddef>
#include <future>
#include <thread>

#include "common/gateway/context.hpp"
#include "stage4_workers/loop/event.hpp"
#include "stage4_workers/loop/event_loop.hpp"
#include "stage4_workers/upstream_pipeline.hpp"

namespace stagecoach {

/// One thread with one event loop, and what runs on it: many connections as coroutines, and the one
/// way upstream that they share. Members are for use on its thread alone, unless they say else.
class Worker {
 public:
  /// `pool` is the whole process's, to be shared with the other workers.
  Worker(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options);
  ~Worker();  ///< Ends the thread at once, unless it was joined.

  /// A connection's place among those that the worker serves at a time.
  class Seat {
   public:
    explicit Seat(Worker& worker);  ///< Await free_seat() first.
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    Worker& worker_;
  };

  /// Starts the thread, which runs `work` and what that spawns. Called by the owner, once.
  void start(Task<void> work);

  /// Goes on when one more connection can be served.
  Task<void> free_seat();

  /// Tells the connections to finish what they have received. From any thread.
  void drain();

  /// Joins the thread, which ends when `work` is over and the last connection has closed. False,
  /// and the thread goes on, where that has not happened by `deadline`. Called by the owner.
  bool join(net::Deadline::Clock::time_point deadline);

  EventLoop loop;             ///< Runs on the thread that start() makes.
  UpstreamPipeline upstream;  ///< Of all the worker's clients.

 private:
  Task<void> run_to_the_end(Task<void> work);
  void end_if_done();

  gateway::Context& context_;
  const std::size_t max_connections_;
  std::size_t connections_ = 0;
  Event* seat_freed_ = nullptr;  // somebody waits in free_seat()
  bool working_ = true;
  std::promise<void> ended_;
  std::thread thread_;
};

}  // namespace stagecoach
