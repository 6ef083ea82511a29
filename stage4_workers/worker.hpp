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

/// One thread with one event loop, and what runs on it: many connections as coroutines, and the one
/// way upstream that they share. Members are for use on its thread alone, unless they say else.
class Worker {
 public:
  /// `pool` is the whole process's, to be shared with the other workers.
  Worker(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options);
  ~Worker();  ///< Ends the thread at once, unless it has ended.

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
  void start(Awaitable<void> work);

  /// Goes on when one more connection can be served.
  Awaitable<void> free_seat();

  /// Tells the connections to finish what they have received. From any thread.
  void drain();

  /// Waits for the thread, which ends when `work` is over and the last connection has closed. False
  /// if it has not by `deadline`. Called by the owner.
  bool has_ended(Time deadline);

  TimedSocket::List sockets;  ///< Of the connections that have deadlines.
  asio::io_context loop;      ///< Runs on the thread that start() makes.
  UpstreamPipeline upstream;  ///< Of all the worker's clients.

 private:
  Awaitable<void> run(Awaitable<void> work);
  Awaitable<void> keep_deadlines();
  bool done() const { return !working_ && connections_ == 0; }
  void end_if_done();

  gateway::Context& context_;
  const net::Timeout period_;
  const std::size_t max_connections_;
  std::size_t connections_ = 0;
  Timer seat_freed_;  // cancelled when one is
  bool working_ = true;
  Timer tick_;
  std::future<void> running_;  // the thread, which its destructor waits for
};

/// The threads of a server that has a fixed number of them. For one thread, the acceptor's.
class Workers {
 public:
  /// Makes them, without their threads. `context` must outlive them.
  Workers(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options);

  /// Starts every worker, each with a `work` of its own.
  void start(const std::function<Awaitable<void>(Worker&)>& work);

  /// Lets every connection finish the requests it has received, and joins the threads. Ends the
  /// process if that takes longer than --drain-timeout. The channel has to be closed before.
  void drain();

 private:
  gateway::Context& context_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace stagecoach
