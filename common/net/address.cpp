#include "common/net/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
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

Result<Address> resolve(std::string_view host_and_port) {
  const auto invalid = boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
  const auto colon = host_and_port.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(host_and_port.substr(colon + 1))) {
    return invalid;
  }
  std::string_view host = host_and_port.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[:]") != std::string_view::npos) {
    return invalid;
  }
  boost::asio::io_context io;
  boost::system::error_code error;
  const auto found = Tcp::resolver(io).resolve(host, host_and_port.substr(colon + 1),
                                               Tcp::resolver::numeric_service, error);
  if (error) {
    return error;
  }
  const Tcp::endpoint endpoint = *found.begin();
  return Address(endpoint.data(), static_cast<socklen_t>(endpoint.size()));
}

Address local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return {reinterpret_cast<const sockaddr*>(&storage), size};
}

}  // namespace stagecoach::net
