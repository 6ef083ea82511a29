#include "stage4_workers/client.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <tuple>
#include <utility>

#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>

#include "common/gateway/client_io.hpp"
#include "common/net/socket.hpp"
#include "common/net/write_progress.hpp"

namespace stagecoach {

using gateway::add;

namespace {

/// Shared by all clients of a thread: it is emptied at once. On the heap, because thread_local data
/// takes space from the stack.
thread_local const auto spare = std::make_unique_for_overwrite<std::array<char, 64 * 1024>>();

/// Takes what was read. If that filled the buffer, also takes the rest, without waiting.
void receive(Client& client, gateway::Session& session, std::span<const char> buffer,
             std::size_t count) {
  session.receive({buffer.data(), count});
  if (count == buffer.size()) {
    boost::system::error_code none;
    const auto rest = client.socket.read_some(asio::buffer(*spare), none);
    session.receive({spare->data(), rest});
  }
}

/// Takes what the client sends while we write to it. False: it will send no more.
bool read_ahead(Client& client, gateway::Session& session) {
  boost::system::error_code error;
  const auto count = client.socket.read_some(asio::buffer(*spare), error);
  session.receive_ahead({spare->data(), count});
  return !error || error == asio::error::would_block;
}

/// Waits until the client can take more, or sends more.
Awaitable<void> await_either(Client& client) {
  using asio::experimental::make_parallel_group;
  co_await make_parallel_group(client.socket.async_wait(Socket::wait_read, asio::deferred),
                               client.socket.async_wait(Socket::wait_write, asio::deferred))
      .async_wait(asio::experimental::wait_for_one(), asio::deferred);
}

/// Writes what the kernel takes without waiting: mostly all. False: the client has closed.
bool write_now(Client& client, std::string_view& bytes) {
  boost::system::error_code error;
  bytes.remove_prefix(client.socket.write_some(asio::buffer(bytes), error));
  return !error || error == asio::error::would_block;
}

Awaitable<void> await_delivery(Client& client, net::Timeout timeout) {
  Timer nap(client.socket.get_executor());
  const auto end = after(Clock::now(), timeout);
  while (net::unacknowledged(client.socket.native_handle()) > 0 && Clock::now() < end) {
    nap.expires_after(net::delivery_poll);
    co_await nap.async_wait(as_tuple);
  }
}

}  // namespace

Client::Client(asio::io_context& loop, TimedSocket::List& sockets, net::Descriptor accepted)
    : TimedSocket(loop, sockets) {
  socket.assign(asio::ip::tcp::v4(), accepted.get());  // or v6: only bind and connect ask
  accepted.release();
  socket.non_blocking(true);
}

void Client::end_input() {
  if (!std::exchange(input_ended_, true)) {
    boost::system::error_code ignored;
    socket.shutdown(Socket::shutdown_receive, ignored);
  }
}

// [read_requests]
Awaitable<bool> read_requests(Client& client, gateway::Session& session, net::Timeout idle_timeout,
                              gateway::Context& context) {
  std::array<char, 512> chunk;
  const auto now = Clock::now();
  auto end = after(now, idle_timeout);
  auto next_look = now + gateway::quiet_time;
  bool begun = false;
  while (!session.next_batch()) {
    if (session.ended()) {
      co_return false;
    }
    if (session.in_request() && !begun) {
      begun = true;
      end = after(Clock::now(), context.options.read_timeout);
    }
    if (context.draining) {
      client.end_input();
    }
    client.expires_at(std::min(end, next_look));
    const auto [error, count] =
        co_await client.socket.async_read_some(asio::buffer(chunk), as_tuple);
    client.expires_never();
    const bool quiet = client.timed_out() && Clock::now() < end;
    if (quiet) {
      session.release_memory();
      next_look = Time::max();
    } else if (client.timed_out()) {
      add(begun ? context.counters.timeouts_read : context.counters.timeouts_idle);
      co_return false;
    } else if (error) {
      client.closed = !client.input_ended();
      co_return false;
    }
    receive(client, session, chunk, count);
  }
  if (client.input_ended()) {
    session.end_input();
  }
  co_return true;
}
// [read_requests]

Awaitable<bool> write_replies(Client& client, gateway::Session& session,
                              gateway::Context& context) {
  auto bytes = session.replies();
  bool written = write_now(client, bytes);
  if (!bytes.empty() && written) {
    written = co_await write_all(client, session, bytes, context);
  }
  if (context.counters.requests_in_flight > 0) {
    // First the others get their replies; those that were woken with this one count, too. By then
    // this client has asked again, so the read that Asio tries before it waits finds something.
    co_await asio::post(client.socket.get_executor(), asio::deferred);
  }
  co_return written;
}

Awaitable<bool> write_all(Client& client, gateway::Session& session, std::string_view bytes,
                          gateway::Context& context) {
  net::WriteProgress progress(client.socket.native_handle(), context.options.write_timeout);
  bool sends = true;
  while (!progress.stalled()) {
    const std::size_t before = bytes.size();
    if (!write_now(client, bytes)) {
      co_return false;
    }
    if (bytes.empty()) {
      co_return true;
    }
    progress.wrote(before - bytes.size());
    client.expires_at(after(Clock::now(), progress.next_look()));
    if (sends && session.may_read_ahead()) {
      co_await await_either(client);
      sends = read_ahead(client, session);
    } else {
      co_await client.socket.async_wait(Socket::wait_write, as_tuple);
    }
    client.expires_never();
  }
  add(context.counters.timeouts_write);
  co_return false;
}

Awaitable<void> linger(Client& client, net::Timeout timeout) {
  if (client.input_ended()) {
    co_await await_delivery(client, timeout);
  }
  if (client.closed) {
    co_return;
  }
  std::array<char, 1024> unread;
  boost::system::error_code error;
  client.socket.read_some(asio::buffer(unread), error);
  if (error) {
    co_return;
  }
  client.keep_input();
  client.socket.shutdown(Socket::shutdown_send, error);
  client.expires_at(after(Clock::now(), timeout));
  while (!error) {
    std::tie(error, std::ignore) =
        co_await client.socket.async_read_some(asio::buffer(unread), as_tuple);
  }
}

}  // namespace stagecoach
