#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include <boost/system/result.hpp>

namespace stagecoach::net {

/// A value, or the system's error that came instead.
template <class T>
using Result = boost::system::result<T>;

/// A resolved TCP address, IPv4 or IPv6.
class Address {
 public:
  Address() = default;
  Address(const sockaddr* address, socklen_t size);  ///< Copies what the system filled in.

  /// Valid as long as this.
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }           ///< Of data(), in bytes.
  int family() const { return storage_.ss_family; }  ///< AF_INET or AF_INET6.
  std::uint16_t port() const;                        ///< In the host's byte order.

  /// Whether no other machine can reach it. Source: RFC 1122 section 3.2.1.3, RFC 4291
  /// section 2.5.3.
  bool is_loopback() const;

  /// "127.0.0.1:7001", "[::1]:7001".
  std::string to_string() const;

  /// Whether both name the same family, host and port.
  friend bool operator==(const Address& left, const Address& right);

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// All addresses of "HOST:PORT" ("[::1]:7001" for IPv6), one at least and none twice, for whoever
/// dials: to be tried in this order. Blocks while a name is looked up. Errors: invalid_argument if
/// the text has another form; a resolver's error otherwise. Source: getaddrinfo(3), RFC 6724.
Result<std::vector<Address>> resolve_all(std::string_view host_and_port);

/// One of them, for whoever listens: the first that is IPv4, or else the first. Clients that are
/// given a name of both families try both.
Result<Address> resolve(std::string_view host_and_port);

/// "[::1]:7001, 127.0.0.1:7001".
std::string to_string(const std::vector<Address>& addresses);

/// Whether HOST stands there in digits, so that there is no name to look up.
bool is_numeric(std::string_view host_and_port);

/// The address that a socket is bound to.
Address local_address(int fd);

}  // namespace stagecoach::net
