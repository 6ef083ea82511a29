// What a request pays at stage 4 for Asio's parts: a call of a coroutine, an operation that ends at
// once, a signal between coroutines, and a wait for a socket. Build it with
// -DBOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=2 (Asio's default) to see what the cache of 64 saves.

#include "stage4_workers/asio.hpp"

#include <array>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/net/descriptor.hpp"

namespace stagecoach {
namespace {

constexpr int steps = 1000;  // of each coroutine

/// Runs `count` coroutines at a time, as a turn of the loop has requests under way.
template <class Coroutine>
void run(benchmark::State& state, Coroutine coroutine) {
  for (auto _ : state) {
    asio::io_context loop(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);
    for (auto i = state.range(0); i > 0; --i) {
      asio::co_spawn(loop, coroutine(loop), asio::detached);
    }
    loop.run();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * steps);
}

Awaitable<int> one() { co_return 1; }

Awaitable<void> call(asio::io_context& /*loop*/) {
  int sum = 0;
  for (int i = 0; i < steps; ++i) {
    sum += co_await one();
  }
  benchmark::DoNotOptimize(sum);
}

/// Each is in its own call when the next one runs, so that all frames are in use together.
Awaitable<void> post_within_a_call(asio::io_context& loop) {
  const auto step = [](asio::io_context& on) -> Awaitable<void> {
    co_await asio::post(on, asio::deferred);
  };
  for (int i = 0; i < steps; ++i) {
    co_await step(loop);
  }
}

Awaitable<void> post_deferred(asio::io_context& loop) {
  for (int i = 0; i < steps; ++i) {
    co_await asio::post(loop, asio::deferred);
  }
}

Awaitable<void> post_use_awaitable(asio::io_context& loop) {
  for (int i = 0; i < steps; ++i) {
    co_await asio::post(loop, asio::use_awaitable_t<Executor>());
  }
}

/// As Asio's defaults have it: any executor, and a coroutine for each operation.
asio::awaitable<void> post_any_executor(asio::io_context& loop) {
  const asio::any_io_executor any(loop.get_executor());
  for (int i = 0; i < steps; ++i) {
    co_await asio::post(any, asio::use_awaitable);
  }
}

/// A wait for a timer that is cancelled: how an exchange tells its client.
Awaitable<void> signal(asio::io_context& loop) {
  Timer timer(loop, Time::max());
  for (int i = 0; i < steps; ++i) {
    asio::post(loop, [&timer] { timer.cancel(); });
    co_await timer.async_wait(as_tuple);
  }
}

/// A socket that sends itself a byte, again and again.
struct Echo {
  explicit Echo(asio::io_context& loop) : socket(loop) {
    std::array<int, 2> pair{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data());
    socket.assign(asio::local::stream_protocol(), pair[0]);
    socket.non_blocking(true);
    peer.reset(pair[1]);
  }
  void send() const { ::send(peer.get(), "x", 1, 0); }

  asio::basic_stream_socket<asio::local::stream_protocol, Executor> socket;
  net::Descriptor peer;
  std::array<char, 16> byte{};
};

/// A read that finds nothing at first: a recv() that fails, a wait, a recv().
Awaitable<void> read_some(asio::io_context& loop) {
  Echo echo(loop);
  for (int i = 0; i < steps; ++i) {
    asio::post(loop, [&echo] { echo.send(); });
    co_await echo.socket.async_read_some(asio::buffer(echo.byte), as_tuple);
  }
}

/// A wait, then a read: an epoll_ctl(), a wait, a recv().
Awaitable<void> wait_then_read(asio::io_context& loop) {
  Echo echo(loop);
  boost::system::error_code error;
  for (int i = 0; i < steps; ++i) {
    asio::post(loop, [&echo] { echo.send(); });
    co_await echo.socket.async_wait(asio::socket_base::wait_read, as_tuple);
    echo.socket.read_some(asio::buffer(echo.byte), error);
  }
}

/// A read that finds its byte at once.
Awaitable<void> read_what_is_there(asio::io_context& loop) {
  Echo echo(loop);
  for (int i = 0; i < steps; ++i) {
    echo.send();
    co_await echo.socket.async_read_some(asio::buffer(echo.byte), as_tuple);
  }
}

// How many coroutines are under way in a turn.
constexpr int alone = 1;
constexpr int many = 16;

BENCHMARK_CAPTURE(run, call, call)->Name("asio/call")->Arg(alone);
BENCHMARK_CAPTURE(run, frames, post_within_a_call)
    ->Name("asio/call_and_post")
    ->Arg(alone)
    ->Arg(many);
BENCHMARK_CAPTURE(run, deferred, post_deferred)->Name("asio/post/deferred")->Arg(alone)->Arg(many);
BENCHMARK_CAPTURE(run, use_awaitable, post_use_awaitable)
    ->Name("asio/post/use_awaitable")
    ->Arg(alone)
    ->Arg(many);
BENCHMARK_CAPTURE(run, any, post_any_executor)
    ->Name("asio/post/any_executor")
    ->Arg(alone)
    ->Arg(many);
BENCHMARK_CAPTURE(run, signal, signal)->Name("asio/signal")->Arg(alone)->Arg(many);
BENCHMARK_CAPTURE(run, read, read_some)->Name("asio/read_some")->Arg(alone)->Arg(many);
BENCHMARK_CAPTURE(run, wait, wait_then_read)->Name("asio/wait_then_read")->Arg(alone)->Arg(many);
BENCHMARK_CAPTURE(run, there, read_what_is_there)
    ->Name("asio/read_what_is_there")
    ->Arg(alone)
    ->Arg(many);

}  // namespace
}  // namespace stagecoach
