#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/net/deadline.hpp"

// Asio's own types, with the executor that a worker's loop has. Asio's defaults name
// any_io_executor, which may hold any executor and is asked which for every operation.

namespace stagecoach {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;  ///< Of one worker's loop.

/// What a coroutine returns. It runs on a worker's loop, and so on one thread.
template <class T>
using Awaitable = asio::awaitable<T, Executor>;

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;  ///< For a worker's loop.

using Clock = net::Deadline::Clock;  ///< What deadlines go by.
using Time = Clock::time_point;      ///< A deadline; Time::max() never comes.

/// Channel and Worker::free_seat() wait for a time that never comes, until the wait is cancelled.
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

/// Gives the error as a value, not as an exception. A deferred operation starts when it is awaited
/// and needs no coroutine frame of its own, as it would with use_awaitable.
inline constexpr auto as_tuple = asio::as_tuple(asio::deferred);

/// Starts a coroutine beside the others. On the loop's thread it runs up to its first wait at once.
/// An exception ends it and is logged: asio::detached would swallow it.
void spawn(asio::io_context& loop, Awaitable<void> coroutine);

/// The end of what may take as long as `timeout` from `now`.
inline Time after(Time now, net::Timeout timeout) {
  return timeout == net::no_timeout ? Time::max() : now + timeout;
}

}  // namespace stagecoach
