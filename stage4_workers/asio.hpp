#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/net/deadline.hpp"

// Asio's own types, with the executor of a worker's loop. Asio's defaults name any_io_executor,
// which can hold any executor, and so looks up which one it holds at every operation.

namespace stagecoach {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;  ///< A worker's loop.

/// The return type of a coroutine. It runs on a worker's loop, so it stays on one thread.
template <class T>
using Awaitable = asio::awaitable<T, Executor>;

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;  ///< On a worker's loop.

using Clock = net::Deadline::Clock;  ///< For deadlines.
using Time = Clock::time_point;      ///< A deadline; Time::max() never comes.

/// Channel and Worker::free_seat() wait for Time::max(), until somebody cancels the wait.
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

/// Returns the error as a value instead of throwing it. A deferred operation starts when it is
/// awaited. With use_awaitable it would need a coroutine frame of its own.
inline constexpr auto as_tuple = asio::as_tuple(asio::deferred);

/// Starts a coroutine beside the others. On the loop's thread it runs at once, up to its first
/// wait. An exception that ends it is logged; asio::detached would swallow it.
void spawn(asio::io_context& loop, Awaitable<void> coroutine);

/// The deadline of a step that starts `now` and may take `timeout`.
inline Time after(Time now, net::Timeout timeout) {
  return timeout == net::no_timeout ? Time::max() : now + timeout;
}

}  // namespace stagecoach
