// A complete server of lines on Asio. Copy it, and write your own answer.
//
//   line_server --listen 127.0.0.1:7100                             (answers each line with itself)
//   line_server --listen 127.0.0.1:7101 --upstream 127.0.0.1:7100   (asks another such server)

#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <netinet/tcp.h>
#include <set>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

constexpr auto token = asio::as_tuple(asio::use_awaitable);  // An error is a value.
constexpr std::size_t longest_line = 65536;
constexpr auto read_timeout = 30s;  // From a request's first byte to its last.
constexpr auto write_timeout = 30s;
constexpr auto linger_time = 1s;
constexpr auto drain_timeout = 10s;
constexpr std::size_t pool_size = 64;  // Requests under way upstream: this bounds the work.
constexpr auto pool_wait = 1s;
constexpr auto dial_timeout = 1s;
constexpr auto reply_timeout = 5s;

// What an operation gives that may take so long. Afterwards it is cancelled.
template <typename... Results>
awaitable<std::tuple<error_code, Results...>> within(
    std::chrono::milliseconds limit, awaitable<std::tuple<error_code, Results...>> operation) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  auto first = co_await (std::move(operation) || timer.async_wait(token));
  if (first.index() == 0) co_return std::get<0>(first);
  co_return std::tuple<error_code, Results...>(asio::error::timed_out, Results()...);
}

// A line, or the error that came instead of it. `input` keeps what came with it.
awaitable<std::tuple<error_code, std::string>> read_line(tcp::socket& socket, std::string& input,
                                                         std::chrono::milliseconds limit) {
  const auto [error, size] = co_await within(
      limit,
      asio::async_read_until(socket, asio::dynamic_buffer(input, longest_line), '\n', token));
  std::string line = input.substr(0, size);
  input.erase(0, size);
  co_return std::tuple(error, line);
}

// Whether a byte has come, or the end.
bool has_news(tcp::socket& socket) {
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

// Lends connections that this server has dialled. It never sees a client's.
class Pool {
 public:
  Pool(asio::io_context& context, tcp::endpoint address) : context_(context), address_(address) {}

  awaitable<std::string> exchange(std::string line) {
    auto upstream = co_await acquire();
    if (!upstream) co_return "-ERR no upstream connection came free in time\n";
    if (!upstream->is_open()) {
      upstream.emplace(context_);
      const auto [failed] = co_await within(dial_timeout, upstream->async_connect(address_, token));
      if (failed) {
        give_back(std::nullopt);
        co_return "-ERR upstream cannot be reached\n";
      }
      upstream->set_option(tcp::no_delay(true));
    }
    std::string input;
    co_await within(reply_timeout, asio::async_write(*upstream, asio::buffer(line), token));
    auto [error, reply] = co_await read_line(*upstream, input, reply_timeout);
    if (error || !input.empty()) upstream.reset();  // A late reply would be the next borrower's.
    give_back(std::move(upstream));
    if (error) co_return "-ERR upstream did not reply\n";
    co_return reply;
  }

 private:
  // An idle connection that is as it should be; a closed socket: leave to dial; nothing: too late.
  awaitable<std::optional<tcp::socket>> acquire() {
    asio::steady_timer patience(context_, pool_wait);
    for (;;) {
      while (!idle_.empty()) {
        std::optional upstream(std::move(idle_.back()));
        idle_.pop_back();
        if (!has_news(*upstream)) co_return upstream;
        --open_;  // Closed meanwhile, or with a byte that nobody asked for.
      }
      if (open_ < pool_size) {
        ++open_;
        co_return tcp::socket(context_);
      }
      waiters_.push_back(&patience);
      const auto [woken] = co_await patience.async_wait(token);
      // Whoever was woken just as time ran out is no longer listed, and has to take what came.
      if (!woken && std::erase(waiters_, &patience) > 0) co_return std::nullopt;
    }
  }

  void give_back(std::optional<tcp::socket> upstream) {
    if (upstream) {
      idle_.push_back(std::move(*upstream));
    } else {
      --open_;
    }
    if (!waiters_.empty()) {
      waiters_.front()->cancel();
      waiters_.pop_front();
    }
  }

  asio::io_context& context_;
  tcp::endpoint address_;
  std::vector<tcp::socket> idle_;  // The one used last at the end, which is lent next.
  std::size_t open_ = 0;
  std::deque<asio::steady_timer*> waiters_;
};

struct Settings {
  tcp::endpoint listen;
  std::optional<tcp::endpoint> upstream;
  std::size_t max_clients = 10000;
  std::chrono::milliseconds idle_timeout = 15min;
};

// A coroutine for each client, and one thread for all: nothing here needs a lock.
class Server {
 public:
  Server(asio::io_context& context, const Settings& settings)
      : settings_(settings), acceptor_(context, settings.listen), draining_(context) {
    if (settings.upstream) pool_.emplace(context, *settings.upstream);
    // What is accepted inherits these. A client that vanished is noticed after 6 minutes.
    acceptor_.set_option(asio::socket_base::keep_alive(true));
    acceptor_.set_option(seconds<TCP_KEEPIDLE>(180));
    acceptor_.set_option(seconds<TCP_KEEPINTVL>(60));
    acceptor_.set_option(seconds<TCP_KEEPCNT>(3));
    acceptor_.set_option(seconds<TCP_USER_TIMEOUT>(359'000));  // Milliseconds, this one.
    acceptor_.set_option(tcp::no_delay(true));
  }

  tcp::endpoint address() const { return acceptor_.local_endpoint(); }

  awaitable<void> run() {
    while (!stopping_) {
      auto [error, client] = co_await acceptor_.async_accept(token);
      if (error) {  // No descriptor is left, most likely: some client has to go first.
        asio::steady_timer pause(acceptor_.get_executor(), 100ms);
        co_await pause.async_wait(token);
      } else if (clients_ == settings_.max_clients) {
        start(refuse(std::move(client)));
      } else {
        ++clients_;
        start(serve(std::move(client)));
      }
    }
  }

  // Ends the clients that ask nothing, and lets the others have their reply.
  awaitable<void> stop() {
    stopping_ = true;
    acceptor_.close();
    for (tcp::socket* client : silent_) {
      client->cancel();
    }
    draining_.expires_after(drain_timeout);
    if (clients_ > 0) co_await draining_.async_wait(token);
    static_cast<asio::io_context&>(acceptor_.get_executor().context()).stop();
  }

 private:
  template <int Name>
  using seconds = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

  // An exception that nobody caught ends the program. `detached` would lose it.
  void start(awaitable<void> coroutine) {
    asio::co_spawn(acceptor_.get_executor(), std::move(coroutine), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }

  awaitable<void> serve(tcp::socket client) {
    std::string input;
    while (!stopping_) {
      if (input.empty()) {
        silent_.insert(&client);
        const auto [error] = co_await within(settings_.idle_timeout,
                                             client.async_wait(tcp::socket::wait_read, token));
        silent_.erase(&client);
        if (error) break;
      }
      const auto [error, line] = co_await read_line(client, input, read_timeout);
      if (error) break;
      std::string reply = line;  // Your answer.
      if (pool_) reply = co_await pool_->exchange(line);
      const auto [unsent, size] =
          co_await within(write_timeout, asio::async_write(client, asio::buffer(reply), token));
      if (unsent) break;
    }
    co_await hang_up(client, !input.empty());
    --clients_;
    if (clients_ == 0) draining_.cancel();
  }

  static awaitable<void> refuse(tcp::socket client) {
    const std::string_view reply = "-ERR max number of clients reached\n";
    co_await within(linger_time, asio::async_write(client, asio::buffer(reply), token));
    co_await hang_up(client, true);
  }

  // Closes, but not on unread input: that would be a reset, which can destroy the last reply.
  static awaitable<void> hang_up(tcp::socket& client, bool unread) {
    error_code ignored;
    if (unread || has_news(client)) {
      client.shutdown(tcp::socket::shutdown_send, ignored);
      co_await within(linger_time, drain(client));
    }
    client.close(ignored);
  }

  static awaitable<std::tuple<error_code>> drain(tcp::socket& client) {
    std::array<char, 4096> rest;
    for (;;) {
      const auto [error, size] = co_await client.async_read_some(asio::buffer(rest), token);
      if (error) co_return error;
    }
  }

  Settings settings_;
  tcp::acceptor acceptor_;
  asio::steady_timer draining_;
  std::optional<Pool> pool_;
  std::set<tcp::socket*> silent_;  // They wait for a request.
  std::size_t clients_ = 0;
  bool stopping_ = false;
};

tcp::endpoint endpoint(const std::string& host_and_port) {
  const auto colon = host_and_port.rfind(':');
  return {asio::ip::make_address(host_and_port.substr(0, colon)),
          static_cast<std::uint16_t>(std::stoi(host_and_port.substr(colon + 1)))};
}

int main(int argc, char** argv) try {
  std::map<std::string, std::string> given{{"--listen", "127.0.0.1:7100"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    given[argv[i]] = argv[i + 1];
  }
  Settings settings;
  settings.listen = endpoint(given["--listen"]);
  if (given.contains("--upstream")) settings.upstream = endpoint(given["--upstream"]);
  if (given.contains("--max-clients")) settings.max_clients = std::stoul(given["--max-clients"]);
  if (given.contains("--idle-ms")) {
    settings.idle_timeout = std::chrono::milliseconds(std::stoul(given["--idle-ms"]));
  }

  asio::io_context context(1);
  Server server(context, settings);
  std::cout << "listening on " << server.address() << std::endl;
  asio::co_spawn(context, server.run(), asio::detached);
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait(
      [&](error_code, int) { asio::co_spawn(context, server.stop(), asio::detached); });
  context.run();
} catch (const std::exception& error) {
  std::cerr << "line_server: " << error.what() << '\n';
  return 1;
}
