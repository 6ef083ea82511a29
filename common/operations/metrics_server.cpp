#include "common/operations/metrics_server.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "common/operations/prometheus.hpp"

namespace stagecoach::operations {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

/// "/metrics" of "/metrics?x=1", and of "http://host:9104/metrics". Source: RFC 9112 section 3.2.
std::string_view path_of(std::string_view target) {
  if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
    target.remove_prefix(std::min(target.find_first_of("/?#", scheme + 3), target.size()));
  }
  return target.substr(0, target.find_first_of("?#"));
}

std::string head(std::string_view status, std::string_view more_fields, std::string_view body) {
  std::string text = "HTTP/1.1 ";
  text.append(status)
      .append("\r\n")
      .append(more_fields)
      .append("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\nConnection: close\r\n\r\n");
  return text;
}

/// As net::linger(): if closed with unread input, the socket would send RST.
asio::awaitable<void> linger(beast::tcp_stream& client) {
  boost::system::error_code error;
  client.socket().shutdown(tcp::socket::shutdown_send, error);
  client.expires_after(MetricsServer::patience);
  std::array<char, 4096> unread;
  while (!error) {
    std::tie(error, std::ignore) = co_await client.async_read_some(asio::buffer(unread), as_tuple);
  }
}

}  // namespace

MetricsServer::MetricsServer(net::Listener listener, const gateway::Counters& counters,
                             std::string stage)
    : counters_(counters),
      stage_(std::move(stage)),
      acceptor_(loop_, tcp::v4(), listener.release().release()) {  // or v6: only bind asks
  for (int i = 0; i < most_clients; ++i) {
    asio::co_spawn(loop_, serve_one_after_another(),
                   [](const std::exception_ptr& error) { std::rethrow_exception(error); });
  }
  thread_ = std::thread([this] { loop_.run(); });
}

MetricsServer::~MetricsServer() {
  loop_.stop();
  thread_.join();
}

asio::awaitable<void> MetricsServer::serve_one_after_another() {
  constexpr std::chrono::milliseconds pause{20};
  asio::steady_timer timer(loop_);
  for (;;) {
    auto [error, accepted] = co_await acceptor_.async_accept(as_tuple);
    if (!error) {
      co_await serve(std::move(accepted));
    } else {  // maybe no descriptor is free: trying again at once would spin
      timer.expires_after(pause);
      co_await timer.async_wait(as_tuple);
    }
  }
}

asio::awaitable<void> MetricsServer::serve(tcp::socket accepted) const {
  beast::tcp_stream client(std::move(accepted));
  http::request_parser<http::empty_body> parser;
  parser.body_limit(boost::none);  // not read
  beast::flat_buffer input;
  client.expires_after(patience);
  const auto [error, count] = co_await http::async_read_header(client, input, parser, as_tuple);
  const auto& request = parser.get();
  const bool is_head = request.method() == http::verb::head;

  std::string body;
  std::string reply;
  if (error) {
    reply = head("400 Bad Request", "", body);
  } else if (path_of(request.target()) != "/metrics") {
    body = "The counters are at /metrics\n";
    reply = head("404 Not Found", "", body);
  } else if (!is_head && request.method() != http::verb::get) {
    body = "GET it\n";
    reply = head("405 Method Not Allowed", "Allow: GET, HEAD\r\n", body);
  } else {
    body = prometheus(counters_, stage_);
    reply = head("200 OK", "", body);
  }
  if (!is_head) {
    reply += body;
  }
  client.expires_after(patience);
  co_await asio::async_write(client, asio::buffer(reply), as_tuple);
  co_await linger(client);
}

}  // namespace stagecoach::operations
