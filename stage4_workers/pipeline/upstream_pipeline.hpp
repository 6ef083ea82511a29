#pragma once

#include <memory>

#include "stage4_workers/client.hpp"
#include "stage4_workers/pipeline/pipeline_core.hpp"

namespace stagecoach {

/// One worker's way upstream: what all its clients ask for in one turn of the loop leaves in one
/// write. PipelineCore decides; here are the sockets. For use on the loop's thread alone.
class UpstreamPipeline {
 public:
  /// `pool` is the worker's share already. The others must outlive it.
  UpstreamPipeline(asio::io_context& loop, TimedSocket::List& sockets, gateway::Context& context,
                   const PoolOptions& pool, const WorkerOptions& options);
  ~UpstreamPipeline();  ///< Ends the coroutines that still wait, when `loop` ends.

  /// Has the requests of the session's batch answered or failed; see PipelineCore::submit().
  /// Large replies are written while they come, but for their end. False if `client` has to be
  /// closed: it is gone, it held up others beyond --max-output-bytes, or a reply broke off.
  Awaitable<bool> forward(gateway::Session& session, Client& client);

  void check_deadlines(Time now);  ///< To be called now and then.
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
