#include "stage4_workers/pipeline/upstream_pipeline.hpp"

#include <array>
#include <memory>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <spdlog/spdlog.h>

#include "common/gateway/password.hpp"

namespace stagecoach {

namespace {

/// Shared by all connections of a thread: it is emptied at once. On the heap: see client.cpp.
thread_local const auto rest_buffer =
    std::make_unique_for_overwrite<std::array<char, 256 * 1024>>();

/// A submission that a client's coroutine waits for.
struct AwaitedSubmission final : Submission {
  AwaitedSubmission(Client& waiting, Signal::List& list,
                    std::span<gateway::Exchange* const> requests, std::size_t max_output)
      : Submission(requests, max_output), client(waiting), woken(list) {}

  void wake() override {
    client.answered.move_to(woken);
    if (overflowed) {
      boost::system::error_code ignored;
      client.socket.shutdown(Socket::shutdown_both, ignored);  // ends a waiting write
    }
  }

  Client& client;
  Signal::List& woken;
};

Awaitable<boost::system::error_code> log_in(Socket& socket, const gateway::Options& options) {
  gateway::Login login(options);
  auto [error, count] = co_await asio::async_write(socket, asio::buffer(login.request()), as_tuple);
  std::array<char, 256> chunk;
  while (!error && !login.done()) {
    std::tie(error, count) = co_await socket.async_read_some(asio::buffer(chunk), as_tuple);
    login.take({chunk.data(), count});
  }
  co_return error || login.accepted() ? error : gateway::upstream_refused_password();
}

}  // namespace

/// Its reader keeps it until the socket is closed.
struct UpstreamPipeline::Connection final : SharedConnection,
                                            std::enable_shared_from_this<Connection> {
  Connection(gateway::Context& context, std::size_t depth, const gateway::UpstreamPeer& peer,
             Socket connected, Signal::List& list)
      : SharedConnection(context, depth, peer), socket(std::move(connected)), woken(list) {}

  void hang_up() override {
    boost::system::error_code ignored;
    socket.close(ignored);
    resumed.move_to(woken);
  }

  Socket socket;
  Signal::List& woken;
  Signal resumed;        // when it is no longer held up
  bool blocked = false;  // write_rest() waits
};

UpstreamPipeline::UpstreamPipeline(asio::io_context& loop, TimedSocket::List& sockets,
                                   gateway::Context& context, const PoolOptions& pool,
                                   const WorkerOptions& options)
    : loop_(loop),
      sockets_(sockets),
      context_(context),
      options_(options),
      core_(context, pool, options_, std::random_device()()) {}

UpstreamPipeline::~UpstreamPipeline() {
  while (!waiting_.empty()) {
    waiting_.front().abandon();
  }
}

// [exchange]
Awaitable<bool> UpstreamPipeline::forward(gateway::Session& session, Client& client) {
  AwaitedSubmission submission(client, woken_, session.forwards(), options_.max_output_bytes);
  core_.submit(submission, Clock::now());
  go_on();
  while (!submission.done()) {
    co_await client.answered.async_wait(waiting_, asio::deferred);
    while (submission.worth_a_write()) {
      submission.abandoned = !co_await write_all(client, session, session.replies(), context_);
      submission.taken();
      resume_reading();
    }
  }
  gateway::add(context_.counters.errors_output_limit, submission.overflowed ? 1 : 0);
  co_return !submission.overflowed && !submission.broke_off && !submission.abandoned;
}
// [exchange]

/// A client took something, or was given up: replies that were held back may come.
void UpstreamPipeline::resume_reading() {
  for (const auto& pooled : core_.leased()) {
    auto& connection = static_cast<Connection&>(*pooled.connection);
    if (!connection.held_up()) {
      connection.resumed.move_to(woken_);
    }
  }
  go_on();
}

/// Called after each call of the core. Coroutines that it woke run now. A turn() follows once
/// everything that is ready in this turn of the loop has been served.
void UpstreamPipeline::go_on() {
  while (!woken_.empty()) {
    woken_.front().set();
  }
  if (core_.wants_turn() && !std::exchange(turn_requested_, true)) {
    asio::post(loop_, [this] {
      turn_requested_ = false;
      turn();
    });
  }
}

// [turn]
void UpstreamPipeline::turn() {
  core_.turn(Clock::now());
  while (core_.take_dial()) {
    spawn(loop_, run_connection());
  }
  for (const auto& pooled : core_.leased()) {
    write(static_cast<Connection&>(*pooled.connection));
  }
  go_on();
}
// [turn]

// [run_connection]
Awaitable<void> UpstreamPipeline::run_connection() {
  const auto connection = co_await dial();
  if (!connection) {
    core_.dial_failed(Clock::now());
    go_on();
    co_return;
  }
  core_.dialled({connection.get(), [connection](SharedConnection* closing) { closing->close(); }},
                Clock::now());
  turn();
  co_await read(*connection);
}
// [run_connection]

/// Tries one address after the other, each for its share of the time. Null if all fail.
Awaitable<std::shared_ptr<UpstreamPipeline::Connection>> UpstreamPipeline::dial() {
  const net::Deadline deadline(context_.options.connect_timeout);
  const auto addresses = context_.upstream.for_dial();
  auto left = addresses.size();
  for (const net::Endpoint& address : addresses) {
    TimedSocket dialling(loop_, sockets_);
    Socket& socket = dialling.socket;
    dialling.expires_at(after(Clock::now(), deadline.share(left--)));
    auto [error] = co_await socket.async_connect(address, as_tuple);
    if (!error && !context_.options.upstream_password.empty()) {
      error = co_await log_in(socket, context_.options);
    }
    if (!error) {
      socket.set_option(asio::ip::tcp::no_delay(true), error);
      socket.non_blocking(true, error);
    }
    if (!error) {
      co_return std::make_shared<Connection>(context_, options_.pipeline_depth,
                                             context_.upstream.answered(address), std::move(socket),
                                             woken_);
    }
    if (dialling.timed_out()) {
      error = asio::error::timed_out;
    }
    spdlog::debug("upstream {}: {}", net::to_string(address), error.message());
    if (error == gateway::upstream_refused_password() || deadline.expired() || closed_) {
      break;
    }
  }
  co_return nullptr;
}

// [read]
Awaitable<void> UpstreamPipeline::read(Connection& connection) {
  std::array<char, 4 * 1024> chunk;
  while (connection.open()) {
    if (connection.held_up()) {
      co_await connection.resumed.async_wait(waiting_, asio::deferred);
      continue;
    }
    const auto [error, count] =
        co_await connection.socket.async_read_some(asio::buffer(chunk), as_tuple);
    if (error) {
      core_.closed(connection, Clock::now());
    } else {
      core_.received(connection, {chunk.data(), count}, Clock::now());
    }
    if (count == chunk.size() && connection.open() && !connection.held_up()) {
      boost::system::error_code none;
      const auto rest = connection.socket.read_some(asio::buffer(*rest_buffer), none);
      if (rest > 0) {
        core_.received(connection, {rest_buffer->data(), rest}, Clock::now());
      }
    }
    go_on();
  }
}
// [read]

// [write]
/// An error ends the connection in read(), which learns of it, too.
void UpstreamPipeline::write(Connection& connection) {
  if (connection.blocked || connection.output().empty()) {
    return;
  }
  gateway::add(context_.counters.upstream_writes);
  boost::system::error_code error;
  connection.wrote(connection.socket.write_some(asio::buffer(connection.output()), error));
  if ((!error || error == asio::error::would_block) && !connection.output().empty()) {
    connection.blocked = true;
    spawn(loop_, write_rest(connection.shared_from_this()));
  }
}
// [write]

Awaitable<void> UpstreamPipeline::write_rest(std::shared_ptr<Connection> connection) {
  co_await connection->socket.async_wait(Socket::wait_write, as_tuple);
  connection->blocked = false;
  if (connection->open()) {
    write(*connection);
  }
}

void UpstreamPipeline::check_deadlines(Time now) {
  core_.check_deadlines(now);
  resume_reading();
}

void UpstreamPipeline::close() {
  closed_ = true;
  core_.close(Clock::now());
}

}  // namespace stagecoach
