#include "common/net/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>

namespace stagecoach::net {
namespace {

using Tcp = boost::asio::ip::tcp;

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && rest == end;
}

struct HostAndPort {
  std::string_view host;  // without brackets
  std::string_view port;
};

std::optional<HostAndPort> split(std::string_view host_and_port) {
  const auto colon = host_and_port.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(host_and_port.substr(colon + 1))) {
    return std::nullopt;
  }
  std::string_view host = host_and_port.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[:]") != std::string_view::npos) {
    return std::nullopt;
  }
  return HostAndPort{host, host_and_port.substr(colon + 1)};
}

}  // namespace

Result<std::vector<Endpoint>> resolve_all(std::string_view host_and_port) {
  const auto parts = split(host_and_port);
  if (!parts) {
    return make_error_code(boost::system::errc::invalid_argument);
  }
  boost::asio::io_context io;
  boost::system::error_code error;
  const auto found =
      Tcp::resolver(io).resolve(parts->host, parts->port, Tcp::resolver::numeric_service, error);
  if (error) {
    return error;
  }
  std::vector<Endpoint> endpoints;
  for (const auto& entry : found) {
    if (std::ranges::find(endpoints, entry.endpoint()) == endpoints.end()) {
      endpoints.push_back(entry);
    }
  }
  return endpoints;
}

Result<Endpoint> resolve(std::string_view host_and_port) {
  const auto endpoints = resolve_all(host_and_port);
  if (!endpoints) {
    return endpoints.error();
  }
  const auto ipv4 = std::ranges::find(*endpoints, Tcp::v4(), &Endpoint::protocol);
  return ipv4 == endpoints->end() ? endpoints->front() : *ipv4;
}

std::string to_string(const Endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

std::string to_string(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const Endpoint& endpoint : endpoints) {
    text.append(text.empty() ? "" : ", ").append(to_string(endpoint));
  }
  return text;
}

bool is_host_and_port(std::string_view text) { return split(text).has_value(); }

bool is_numeric(std::string_view host_and_port) {
  const auto parts = split(host_and_port);
  boost::system::error_code error;
  if (parts) {
    boost::asio::ip::make_address(parts->host, error);
  }
  return parts && !error;
}

Endpoint local_endpoint(int fd) {
  Endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  ::getsockname(fd, endpoint.data(), &size);
  endpoint.resize(size);
  return endpoint;
}

}  // namespace stagecoach::net
