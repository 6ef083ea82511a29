#pragma once

#include <memory>

#include "stage4_workers/client.hpp"
#include "stage4_workers/pipeline/pipeline_core.hpp"

namespace stagecoach {

/// A worker's way upstream: the requests of all its clients in one turn of the loop leave in one
/// write. PipelineCore decides; the sockets are here. Only for the loop's thread.
class UpstreamPipeline {
 public:
  /// `pool` is the worker's share. The others must outlive this.
  UpstreamPipeline(asio::io_context& loop, TimedSocket::List& sockets, gateway::Context& context,
                   const PoolOptions& pool, const WorkerOptions& options);
  ~UpstreamPipeline();  ///< Ends the coroutines that still wait, when `loop` ends.

  /// Answers or fails the requests of the session's batch; see PipelineCore::submit(). Large
  /// replies are written while they come, all but their end. False if `client` has to be closed: it
  /// is gone, it held up others beyond --max-output-bytes, or a reply broke off.
  Awaitable<bool> forward(gateway::Session& session, Client& client);

  void check_deadlines(Time now);  ///< Call it now and then.
  void close();                    ///< See PipelineCore::close(). Then the loop can end.

 private:
  struct Connection;

  void go_on();
  void resume_reading();
  void turn();
  Awaitable<void> run_connection();
  Awaitable<std::shared_ptr<Connection>> dial();
  Awaitable<void> read(Connection& connection);
  void write(Connection& connection);
  Awaitable<void> write_rest(std::shared_ptr<Connection> connection);

  asio::io_context& loop_;
  TimedSocket::List& sockets_;
  gateway::Context& context_;
  const WorkerOptions options_;
  PipelineCore core_;
  Signal::List waiting_;
  Signal::List woken_;
  bool turn_requested_ = false;
  bool closed_ = false;
};

}  // namespace stagecoach
