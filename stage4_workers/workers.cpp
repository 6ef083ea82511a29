#include "stage4_workers/workers.hpp"

#include "common/gateway/life.hpp"

namespace stagecoach {

Workers::Workers(gateway::Context& context, const PoolOptions& pool, const WorkerOptions& options)
    : context_(context) {
  for (std::size_t i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(context, pool, options));
  }
}

void Workers::start(const std::function<Awaitable<void>(Worker&)>& work) {
  for (auto& worker : workers_) {
    worker->start(work(*worker));
  }
}

void Workers::drain() {
  context_.draining = true;
  for (auto& worker : workers_) {
    worker->drain();
  }
  const auto deadline = net::Deadline::Clock::now() + context_.options.drain_timeout;
  for (auto& worker : workers_) {
    if (!worker->join(deadline)) {
      gateway::exit_undrained(context_.counters.connections_open);
    }
  }
}

}  // namespace stagecoach
