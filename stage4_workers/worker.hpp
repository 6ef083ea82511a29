#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "common/gateway/context.hpp"
#include "stage4_workers/pipeline/upstream_pipeline.hpp"
#include "stage4_workers/timed_socket.hpp"

namespace stagecoach {

/// One thread with one event loop. On it run many connections as coroutines, and the one way
/// upstream that they share. Use members only on its thread, unless they say otherwise.
class Worker {
 public:
  /// `pool` is for the whole process: the worker takes its share.
  Worker(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options);
  ~Worker();  ///< Ends the thread at once, if it is still running.

  /// The place of a connection among those that the worker serves at a time.
  class Seat {
   public:
    explicit Seat(Worker& worker);  ///< Await free_seat() first.
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    Worker& worker_;
  };

  /// Starts the thread, which runs `work` and what it spawns. Called once, by the owner.
  void start(Awaitable<void> work);

  /// Waits until one more connection can be served.
  Awaitable<void> free_seat();

  /// Tells the connections to finish the requests that they received. From any thread.
  void drain();

  /// Waits until the thread ends, which it does once `work` is over and all connections are closed.
  /// False if that takes longer than until `deadline`. Called by the owner.
  bool has_ended(Time deadline);

  TimedSocket::List sockets;  ///< All that have deadlines.
  asio::io_context loop;      ///< Runs on the thread of start().
  UpstreamPipeline upstream;  ///< For all clients of the worker.

 private:
  Awaitable<void> run(Awaitable<void> work);
  Awaitable<void> keep_deadlines();
  bool done() const { return !working_ && connections_ == 0; }
  void end_if_done();

  gateway::Context& context_;
  const net::Timeout period_;
  const std::size_t max_connections_;
  std::size_t connections_ = 0;
  Timer seat_freed_;  // cancelled when a seat is freed
  bool working_ = true;
  Timer tick_;
  std::future<void> running_;  // the thread; its destructor waits for it
};

/// A fixed number of workers. For use by one thread, the acceptor's.
class Workers {
 public:
  /// Makes the workers, without their threads. `context` must outlive them.
  Workers(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options);

  /// Starts every worker, each with a `work` of its own.
  void start(const std::function<Awaitable<void>(Worker&)>& work);

  /// Lets every connection finish the requests that it received, and joins the threads. Ends the
  /// process if that takes longer than --drain-timeout. Close the channel first.
  void drain();

 private:
  gateway::Context& context_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace stagecoach
