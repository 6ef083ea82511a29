// The channel that hands accepted connections to the workers: a blocking sender, and a coroutine
// that receives. Ours against Boost.Asio's concurrent_channel, which in Boost 1.81 drops the values
// inside when it is closed.

#include "stage4_workers/channel.hpp"

#include <thread>

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/use_future.hpp>

namespace stagecoach {
namespace {

constexpr std::size_t capacity = 100;
constexpr int values = 10'000;

void ours(benchmark::State& state) {
  for (auto _ : state) {
    asio::io_context loop(1);
    Channel<int> channel(capacity);
    int received = 0;
    const auto receive = [&]() -> Awaitable<void> {
      while (co_await channel.receive(loop)) {
        ++received;
      }
    };
    asio::co_spawn(loop, receive(), asio::detached);
    std::thread worker([&] { loop.run(); });
    for (int i = 0; i < values; ++i) {
      int value = i;
      channel.send(value);
    }
    channel.close();
    worker.join();
    if (received != values) {
      state.SkipWithError("values were lost");
    }
  }
  state.SetItemsProcessed(state.iterations() * values);
}
BENCHMARK(ours)->Name("channel/ours")->UseRealTime();

void asios(benchmark::State& state) {
  using AsioChannel =
      asio::experimental::concurrent_channel<Executor, void(boost::system::error_code, int)>;
  for (auto _ : state) {
    asio::io_context loop(1);
    AsioChannel channel(loop.get_executor(), capacity);
    const auto receive = [&]() -> Awaitable<void> {
      for (int received = 0; received < values; ++received) {
        auto [error, value] = co_await channel.async_receive(as_tuple);
        benchmark::DoNotOptimize(value);
      }
    };
    asio::co_spawn(loop, receive(), asio::detached);
    std::thread worker([&] { loop.run(); });
    for (int i = 0; i < values; ++i) {
      if (!channel.try_send(boost::system::error_code(), i)) {
        channel.async_send(boost::system::error_code(), i, asio::use_future).get();
      }
    }
    worker.join();
  }
  state.SetItemsProcessed(state.iterations() * values);
}
BENCHMARK(asios)->Name("channel/asio_concurrent_channel")->UseRealTime();

}  // namespace
}  // namespace stagecoach
