// What stage 4's loop is made of, each against what it replaced: a call of a coroutine, the memory
// of its frame, and a wait for a socket.

#include <array>
#include <new>
#include <string_view>
#include <sys/socket.h>

#include <benchmark/benchmark.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "stage4_workers/loop/async_socket.hpp"

namespace stagecoach {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable_t<Executor>());

constexpr int calls = 1000;

Task<int> one() { co_return 1; }

void call_task(benchmark::State& state) {
  EventLoop loop(std::chrono::milliseconds(100));
  FramePool pool;
  const FramePool::Use use(pool);
  for (auto _ : state) {
    loop.spawn([]() -> Task<void> {
      int sum = 0;
      for (int i = 0; i < calls; ++i) {
        sum += co_await one();
      }
      benchmark::DoNotOptimize(sum);
    }());
  }
  state.SetItemsProcessed(state.iterations() * calls);
}
BENCHMARK(call_task)->Name("task/ours");

Awaitable<int> asios_one() { co_return 1; }

void call_awaitable(benchmark::State& state) {
  asio::io_context loop(1);
  for (auto _ : state) {
    asio::co_spawn(
        loop,
        []() -> Awaitable<void> {
          int sum = 0;
          for (int i = 0; i < calls; ++i) {
            sum += co_await asios_one();
          }
          benchmark::DoNotOptimize(sum);
        },
        asio::detached);
    loop.restart();
    loop.run();
  }
  state.SetItemsProcessed(state.iterations() * calls);
}
BENCHMARK(call_awaitable)->Name("task/asio_awaitable");

/// As many frames at a time as a turn of the loop has requests under way.
template <class Allocate, class Free>
void use_frames(benchmark::State& state, Allocate allocate, Free free) {
  constexpr std::size_t bytes = 320;
  std::array<void*, 64> frames{};
  for (auto _ : state) {
    for (void*& frame : frames) {
      frame = allocate(bytes);
      benchmark::DoNotOptimize(frame);
    }
    for (void* frame : frames) {
      free(frame, bytes);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames.size()));
}

void pooled_frames(benchmark::State& state) {
  FramePool pool;
  const FramePool::Use use(pool);
  use_frames(state, FramePool::allocate, FramePool::free);
}
BENCHMARK(pooled_frames)->Name("frame/pool");

void plain_frames(benchmark::State& state) {
  use_frames(
      state, [](std::size_t bytes) { return ::operator new(bytes); },
      [](void* frame, std::size_t /*bytes*/) { ::operator delete(frame); });
}
BENCHMARK(plain_frames)->Name("frame/malloc");

constexpr int waits = 1000;

/// Two connected sockets.
std::array<int, 2> connected() {
  std::array<int, 2> pair{};
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data());
  return pair;
}

/// Sends itself a byte and waits for it, again and again.
Task<void> wait_in_ready_set(EventLoop& loop, int& running) {
  const auto [near, far] = connected();
  const net::Descriptor peer(far);
  AsyncSocket socket(loop, net::Descriptor(near));
  std::array<char, 16> byte;
  for (int i = 0; i < waits; ++i) {
    ::send(peer.get(), "x", 1, 0);
    co_await socket.read_some(byte, net::no_timeout);
  }
  if (--running == 0) {
    loop.finish();
  }
}

void ready_set(benchmark::State& state) {
  for (auto _ : state) {
    EventLoop loop(std::chrono::milliseconds(100));
    int running = static_cast<int>(state.range(0));
    for (int i = running; i > 0; --i) {
      loop.spawn(wait_in_ready_set(loop, running));
    }
    loop.run();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * waits);
}

Awaitable<void> wait_in_asio(asio::io_context& loop) {
  const auto [near, far] = connected();
  const net::Descriptor peer(far);
  asio::basic_stream_socket<asio::local::stream_protocol, Executor> socket(
      loop, asio::local::stream_protocol(), near);
  std::array<char, 16> byte;
  for (int i = 0; i < waits; ++i) {
    ::send(peer.get(), "x", 1, 0);
    co_await socket.async_wait(asio::socket_base::wait_read, as_values);
    ::recv(socket.native_handle(), byte.data(), byte.size(), MSG_DONTWAIT);
  }
}

void async_wait(benchmark::State& state) {
  for (auto _ : state) {
    asio::io_context loop(1);
    for (auto i = state.range(0); i > 0; --i) {
      asio::co_spawn(loop, wait_in_asio(loop), asio::detached);
    }
    loop.run();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * waits);
}

// How many sockets are ready in a turn.
constexpr int alone = 1;
constexpr int many = 16;
BENCHMARK(ready_set)->Name("wait/ready_set")->Arg(alone)->Arg(many);
BENCHMARK(async_wait)->Name("wait/asio_async_wait")->Arg(alone)->Arg(many);

}  // namespace
}  // namespace stagecoach
