// The channel that hands accepted connections to the workers: a blocking sender, and a coroutine
// that receives. Ours against Boost.Asio's concurrent_channel, which in Boost 1.81 drops what is
// inside when it is closed.

#include "stage4_workers/channel.hpp"

#include <thread>

#include <benchmark/benchmark.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "stage4_workers/spawn.hpp"

namespace stagecoach {
namespace {

namespace asio = boost::asio;
constexpr std::size_t capacity = 100;
constexpr int values = 10'000;

/// One run: a thread receives on its event loop, in the coroutine `receive`, what `send` sends.
template <class Send, class Receive>
void transfer(asio::io_context& loop, Send send, Receive receive) {
  spawn(loop.get_executor(), receive(asio::make_work_guard(loop)));
  std::jthread worker([&] { loop.run(); });
  send();
}

void ours(benchmark::State& state) {
  for (auto _ : state) {
    asio::io_context loop(1);
    Channel<int> channel(capacity);
    int received = 0;
    transfer(
        loop,
        [&] {
          for (int i = 0; i < values; ++i) {
            int value = i;
            channel.send(value);
          }
          channel.close();
        },
        [&](auto work) -> net::Task<void> {
          while (co_await channel.receive(work.get_executor())) {
            ++received;
          }
        });
    if (received != values) {
      state.SkipWithError("values were lost");
    }
  }
  state.SetItemsProcessed(state.iterations() * values);
}
BENCHMARK(ours)->Name("channel/ours")->UseRealTime();

void asios(benchmark::State& state) {
  using AsioChannel = asio::experimental::concurrent_channel<net::LoopExecutor,
                                                             void(boost::system::error_code, int)>;
  constexpr auto as_values = asio::as_tuple(asio::use_awaitable_t<net::LoopExecutor>());
  for (auto _ : state) {
    asio::io_context loop(1);
    AsioChannel channel(loop.get_executor(), capacity);
    int received = 0;
    transfer(
        loop,
        [&] {
          for (int i = 0; i < values; ++i) {
            if (!channel.try_send(boost::system::error_code(), i)) {
              channel.async_send(boost::system::error_code(), i, asio::use_future).get();
            }
          }
        },
        [&]([[maybe_unused]] auto work) -> net::Task<void> {
          while (received < values) {
            const auto [error, value] = co_await channel.async_receive(as_values);
            benchmark::DoNotOptimize(value);
            ++received;
          }
        });
  }
  state.SetItemsProcessed(state.iterations() * values);
}
BENCHMARK(asios)->Name("channel/asio_concurrent_channel")->UseRealTime();

}  // namespace
}  // namespace stagecoach
