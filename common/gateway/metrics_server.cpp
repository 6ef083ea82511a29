#include "common/gateway/metrics_server.hpp"

#include <array>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace stagecoach::gateway {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view bad_request = "400 Bad Request";

/// The request's method and path, or nothing where it is none, or does not come in time.
std::optional<http::request<http::empty_body>> read_request(net::Socket& client,
                                                            const net::Deadline& deadline) {
  http::request_parser<http::empty_body> parser;
  parser.eager(false);
  std::string input;
  std::array<char, 4096> chunk;
  while (!parser.is_header_done()) {
    const auto count = client.read_some(chunk, deadline.left());
    if (!count || *count == 0 || deadline.expired()) {
      return std::nullopt;
    }
    input.append(chunk.data(), *count);
    boost::system::error_code error;
    input.erase(0, parser.put(boost::asio::buffer(input), error));
    if (error && error != http::error::need_more) {
      return std::nullopt;
    }
  }
  return parser.release();
}

std::string response(std::string_view status, std::string_view body) {
  std::string text = "HTTP/1.1 ";
  text.append(status)
      .append("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\nConnection: close\r\n\r\n")
      .append(body);
  return text;
}

}  // namespace

MetricsServer::MetricsServer(net::Listener listener, const Counters& counters, std::string stage)
    : listener_(std::move(listener)),
      counters_(counters),
      stage_(std::move(stage)),
      thread_([this] {
        while (auto accepted = listener_.accept()) {
          net::Socket client(std::move(*accepted));
          serve(client);
          net::linger(client, patience);
        }
      }) {}

MetricsServer::~MetricsServer() {
  listener_.stop();
  thread_.join();
}

void MetricsServer::serve(net::Socket& client) const {
  const auto request = read_request(client, net::Deadline(patience));
  std::string reply;
  if (!request) {
    reply = response(bad_request, "");
  } else if (request->target() != "/metrics") {
    reply = response("404 Not Found", "The counters are at /metrics\n");
  } else if (request->method() != http::verb::get) {
    reply = response("405 Method Not Allowed", "GET it\n");
  } else {
    reply = response("200 OK", prometheus(counters_, stage_));
  }
  client.write_all(reply, patience);
}

}  // namespace stagecoach::gateway
