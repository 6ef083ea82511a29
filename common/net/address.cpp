#include "common/net/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <sstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace stagecoach::net {
namespace {

using Tcp = boost::asio::ip::tcp;

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && rest == end;
}

Tcp::endpoint to_endpoint(const Address& address) {
  Tcp::endpoint endpoint;
  endpoint.resize(address.size());
  std::memcpy(endpoint.data(), address.data(), address.size());
  return endpoint;
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

Address::Address(const sockaddr* address, socklen_t size)
    : size_(std::min<socklen_t>(size, sizeof(storage_))) {
  std::memcpy(&storage_, address, size_);
}

std::uint16_t Address::port() const { return to_endpoint(*this).port(); }

bool Address::is_loopback() const { return to_endpoint(*this).address().is_loopback(); }

std::string Address::to_string() const {
  std::ostringstream text;
  text << to_endpoint(*this);
  return text.str();
}

bool operator==(const Address& left, const Address& right) {
  return to_endpoint(left) == to_endpoint(right);
}

Result<std::vector<Address>> resolve_all(std::string_view host_and_port) {
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
  std::vector<Address> addresses;
  for (const auto& entry : found) {
    const Tcp::endpoint endpoint = entry;
    const Address address(endpoint.data(), static_cast<socklen_t>(endpoint.size()));
    if (std::ranges::find(addresses, address) == addresses.end()) {
      addresses.push_back(address);
    }
  }
  return addresses;
}

Result<Address> resolve(std::string_view host_and_port) {
  const auto addresses = resolve_all(host_and_port);
  if (!addresses) {
    return addresses.error();
  }
  const auto ipv4 = std::ranges::find(*addresses, AF_INET, &Address::family);
  return ipv4 == addresses->end() ? addresses->front() : *ipv4;
}

std::string to_string(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& address : addresses) {
    text.append(text.empty() ? "" : ", ").append(address.to_string());
  }
  return text;
}

bool is_numeric(std::string_view host_and_port) {
  const auto parts = split(host_and_port);
  boost::system::error_code error;
  if (parts) {
    boost::asio::ip::make_address(parts->host, error);
  }
  return parts && !error;
}

Address local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return {reinterpret_cast<const sockaddr*>(&storage), size};
}

}  // namespace stagecoach::net
