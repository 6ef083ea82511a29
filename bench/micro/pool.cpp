// What it costs several threads to take and return a connection: the pool of stage 2 against the
// two of the recipe, a bare free list and a channel of connections. Those two have no cap on open
// connections, no idle timeout, no probe, and no way to close. Ours costs mostly the probe: one
// system call per loan.

#include <memory>
#include <mutex>
#include <vector>

#include <benchmark/benchmark.h>

#include "common/origin/embedded.hpp"
#include "stage2_pool/connection_pool.hpp"
#include "stage4_workers/channel.hpp"

namespace stagecoach {
namespace {

constexpr int most_threads = 4;

/// Forked before the first thread starts.
origin::EmbeddedOrigin upstream;

gateway::Context& context() {
  static const gateway::Options options;
  static gateway::Context shared{
      .options = options,
      .upstream = net::resolve("127.0.0.1:" + std::to_string(upstream.port())).value()};
  return shared;
}

void pool(benchmark::State& state) {
  static ConnectionPool connections(context(), PoolOptions());
  for (auto _ : state) {
    auto lease = connections.acquire();
    if (!lease) {
      state.SkipWithError("no connection");
    }
    benchmark::DoNotOptimize(lease);
  }
}
BENCHMARK(pool)->Name("pool/stage2")->ThreadRange(1, most_threads)->UseRealTime();

void free_list(benchmark::State& state) {
  static std::mutex mutex;
  static std::vector<gateway::Upstream> free;
  for (auto _ : state) {
    std::unique_lock lock(mutex);
    if (free.empty()) {
      lock.unlock();
      auto dialled = gateway::dial_upstream(context());
      lock.lock();
      free.push_back(std::move(*dialled));
    }
    gateway::Upstream connection = std::move(free.back());
    free.pop_back();
    lock.unlock();
    benchmark::DoNotOptimize(connection);
    lock.lock();
    free.push_back(std::move(connection));
  }
}
BENCHMARK(free_list)->Name("pool/free_list")->ThreadRange(1, most_threads)->UseRealTime();

void channel(benchmark::State& state) {
  static Channel<gateway::Upstream> connections(most_threads);
  static std::once_flag dialled;
  std::call_once(dialled, [] {
    for (int i = 0; i < most_threads; ++i) {
      auto connection = gateway::dial_upstream(context());
      connections.send(*connection);
    }
  });
  for (auto _ : state) {
    auto connection = connections.receive();
    benchmark::DoNotOptimize(connection);
    connections.send(*connection);
  }
}
BENCHMARK(channel)->Name("pool/channel")->ThreadRange(1, most_threads)->UseRealTime();

}  // namespace
}  // namespace stagecoach
