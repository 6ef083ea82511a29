#include "common/origin/server.hpp"

#include <cstring>
#include <exception>
#include <memory>
#include <unistd.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "common/net/descriptor.hpp"
#include "common/net/endpoint.hpp"
#include "common/origin/store.hpp"
#include "common/origin/transaction.hpp"
#include "common/resp/encode.hpp"
#include "common/resp/request_parser.hpp"

namespace stagecoach::origin {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr auto use_result = asio::as_tuple(asio::use_awaitable);

/// Input that was not executed yet. Grows by doubling, so memory follows what arrived.
class Input {
 public:
  asio::mutable_buffer free_space() {
    if (filled_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
    return asio::buffer(buffer_) + filled_;
  }
  void add(std::size_t count) { filled_ += count; }
  std::string_view unread() const {
    return std::string_view(buffer_).substr(begin_, filled_ - begin_);
  }
  void drop(std::size_t count) { begin_ += count; }

  /// Moves the rest to the front. If there is none, gives back a grown buffer.
  void compact() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, filled_ - begin_);
    filled_ -= std::exchange(begin_, 0);
    if (filled_ == 0 && buffer_.size() > kept_bytes) buffer_ = std::string(initial_bytes, '\0');
  }

 private:
  static constexpr std::size_t initial_bytes = 4096;
  static constexpr std::size_t kept_bytes = 65536;

  std::string buffer_ = std::string(initial_bytes, '\0');
  std::size_t begin_ = 0;
  std::size_t filled_ = 0;
};

struct Server {
  explicit Server(ServeOptions server_options) : options(server_options) {}

  asio::io_context context{1};
  ServeOptions options;
  Stats stats;
  Store store{stats};
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server& server, tcp::socket socket)
      : server_(server), socket_(std::move(socket)), delayed_(server.context, max_delayed) {
    ++server_.stats.connected_clients;
    ++server_.stats.total_connections_received;
  }
  ~Connection() { --server_.stats.connected_clients; }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static void start(std::shared_ptr<Connection> connection);

 private:
  struct Delayed {
    Clock::time_point due;
    std::string replies;  // empty: nothing follows
  };
  enum class Next { read, answer, close };

  static constexpr std::size_t max_delayed = 1024;
  static constexpr std::size_t flush_bytes = 1 << 20;

  asio::awaitable<void> serve_requests();
  asio::awaitable<void> send_delayed();
  asio::awaitable<bool> send(std::string& replies);
  Next answer(std::string& replies);

  Server& server_;
  tcp::socket socket_;
  asio::experimental::channel<void(boost::system::error_code, Delayed)> delayed_;
  Input input_;
  resp::RequestParser parser_;
  resp::Request request_;
  Transaction transaction_{server_.store};
};

void Connection::start(std::shared_ptr<Connection> connection) {
  const auto run = [&](asio::awaitable<void> (Connection::*member)()) {
    asio::co_spawn(connection->server_.context, ((*connection).*member)(),
                   [connection](const std::exception_ptr& error) {
                     if (error) std::rethrow_exception(error);
                   });
  };
  run(&Connection::serve_requests);
  if (connection->server_.options.delay.count() > 0) run(&Connection::send_delayed);
}

asio::awaitable<void> Connection::serve_requests() {
  std::string replies;
  for (auto next = Next::read; next != Next::close;) {
    if (next == Next::read) {
      const auto [error, count] = co_await socket_.async_read_some(input_.free_space(), use_result);
      if (error) break;
      ++server_.stats.total_reads;
      input_.add(count);
    }
    next = answer(replies);
    if (!replies.empty() && !co_await send(replies)) break;
  }
  co_await send(replies);
}

/// Executes requests until it needs more input, or until so many replies wait that they should
/// leave first.
Connection::Next Connection::answer(std::string& replies) {
  while (replies.size() < flush_bytes) {
    switch (parser_.parse(input_.unread(), request_)) {
      case resp::ParseStatus::complete:
        ++server_.stats.total_commands_processed;
        transaction_.execute(request_.args, replies);
        input_.drop(parser_.consumed());
        break;
      case resp::ParseStatus::incomplete:
        input_.compact();
        return Next::read;
      case resp::ParseStatus::malformed:
        resp::append_error(replies, parser_.error());
        return Next::close;
      case resp::ParseStatus::foreign:
        return Next::close;
    }
  }
  return Next::answer;
}

/// False: the connection is gone. Leaves `replies` empty.
asio::awaitable<bool> Connection::send(std::string& replies) {
  if (server_.options.delay.count() > 0) {
    Delayed delayed{Clock::now() + server_.options.delay, std::exchange(replies, {})};
    const auto [error] = co_await delayed_.async_send({}, std::move(delayed), use_result);
    co_return !error;
  }
  const auto [error, count] =
      co_await asio::async_write(socket_, asio::buffer(replies), use_result);
  replies.clear();
  co_return !error;
}

asio::awaitable<void> Connection::send_delayed() {
  asio::steady_timer timer(server_.context);
  for (;;) {
    const auto [error, delayed] = co_await delayed_.async_receive(use_result);
    if (delayed.replies.empty()) break;
    timer.expires_at(delayed.due);
    co_await timer.async_wait(use_result);
    const auto [write_error, count] =
        co_await asio::async_write(socket_, asio::buffer(delayed.replies), use_result);
    if (write_error) break;
  }
  // Ends serve_requests(), wherever it waits.
  delayed_.close();
  delayed_.cancel();
  socket_.close();
}

asio::awaitable<void> accept_connections(Server& server, tcp::acceptor acceptor) {
  asio::steady_timer timer(server.context);
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(use_result);
    if (!error) {
      Connection::start(std::make_shared<Connection>(server, std::move(socket)));
    } else if (error == asio::error::no_descriptors) {
      timer.expires_after(std::chrono::milliseconds(10));
      co_await timer.async_wait(use_result);
    }
  }
}

}  // namespace

void serve(int listening_fd, ServeOptions options) noexcept {
  net::raise_descriptor_limit();
  const auto endpoint = net::local_endpoint(listening_fd);
  Server server(options);
  server.stats.process_id = static_cast<std::uint64_t>(::getpid());
  server.stats.tcp_port = endpoint.port();
  asio::co_spawn(
      server.context,
      accept_connections(server, tcp::acceptor(server.context, endpoint.protocol(), listening_fd)),
      [](const std::exception_ptr& error) { std::rethrow_exception(error); });
  server.context.run();
  std::terminate();  // accepting never ends
}

}  // namespace stagecoach::origin
