#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

namespace stagecoach::net {

/// A value, or the system's error.
template <class T>
using Result = boost::system::result<T>;

using Endpoint = boost::asio::ip::tcp::endpoint;  ///< An IPv4 or IPv6 address, and a port.

/// All endpoints of "HOST:PORT" ("[::1]:7001" for IPv6): at least one, none twice, to be dialled in
/// this order. Blocks while a name is looked up. Errors: invalid_argument if the text has another
/// form, or a resolver's error. Source: getaddrinfo(3), RFC 6724.
Result<std::vector<Endpoint>> resolve_all(std::string_view host_and_port);

/// One of them, to listen at: the first IPv4 endpoint, or else the first. A client that is given a
/// name with addresses of both families tries both.
Result<Endpoint> resolve(std::string_view host_and_port);

/// "127.0.0.1:7001", "[::1]:7001".
std::string to_string(const Endpoint& endpoint);

/// "[::1]:7001, 127.0.0.1:7001".
std::string to_string(const std::vector<Endpoint>& endpoints);

/// Whether the text has the form "HOST:PORT".
bool is_host_and_port(std::string_view text);

/// Whether HOST is an address in digits, so that there is no name to look up.
bool is_numeric(std::string_view host_and_port);

/// The endpoint that a socket is bound to.
Endpoint local_endpoint(int fd);

}  // namespace stagecoach::net
