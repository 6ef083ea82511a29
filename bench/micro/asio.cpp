// What a request at stage 4 pays for Asio's parts: a coroutine call, a queued operation, a
// coroutine that wakes another, and a read. micro_default_cache is the same, but it keeps as few
// freed blocks as Asio does by default.

#include <array>
#include <sys/socket.h>

#include <benchmark/benchmark.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/net/descriptor.hpp"
#include "stage4_workers/signal.hpp"

namespace stagecoach {
namespace {

constexpr int steps = 1000;  // of each coroutine

/// Runs `count` coroutines at a time, like the requests in a turn of the loop.
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

/// With Asio's defaults: any executor, and a coroutine for each operation.
asio::awaitable<void> post_any_executor(asio::io_context& loop) {
  const asio::any_io_executor any(loop.get_executor());
  for (int i = 0; i < steps; ++i) {
    co_await asio::post(any, asio::use_awaitable);
  }
}

/// A posted step wakes this coroutine, as another coroutine would.
Awaitable<void> wait_for_signal(asio::io_context& loop) {
  Signal::List waiting;
  Signal signal;
  for (int i = 0; i < steps; ++i) {
    asio::post(loop, [&signal] { signal.set(); });
    co_await signal.async_wait(waiting, asio::deferred);
  }
}

Awaitable<void> wait_for_cancelled_timer(asio::io_context& loop) {
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

/// A read that finds nothing at first: a failing recv(), a wait, a recv().
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

// How many coroutines a turn has: one, or many.
void turns(benchmark::internal::Benchmark* benchmark) { benchmark->Arg(1)->Arg(16); }

BENCHMARK_CAPTURE(run, call, call)->Name("asio/call")->Arg(1);
BENCHMARK_CAPTURE(run, deferred, post_deferred)->Name("asio/post/deferred")->Apply(turns);
BENCHMARK_CAPTURE(run, use, post_use_awaitable)->Name("asio/post/use_awaitable")->Apply(turns);
BENCHMARK_CAPTURE(run, any, post_any_executor)->Name("asio/post/any_executor")->Apply(turns);
BENCHMARK_CAPTURE(run, signal, wait_for_signal)->Name("asio/signal")->Apply(turns);
BENCHMARK_CAPTURE(run, timer, wait_for_cancelled_timer)->Name("asio/cancelled_timer")->Apply(turns);
BENCHMARK_CAPTURE(run, read, read_some)->Name("asio/read_some")->Apply(turns);
BENCHMARK_CAPTURE(run, wait, wait_then_read)->Name("asio/wait_then_read")->Apply(turns);
BENCHMARK_CAPTURE(run, there, read_what_is_there)->Name("asio/read_what_is_there")->Apply(turns);

}  // namespace
}  // namespace stagecoach
