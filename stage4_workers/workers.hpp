#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "stage4_workers/worker.hpp"

namespace stagecoach {

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
