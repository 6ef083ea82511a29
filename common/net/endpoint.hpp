#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

namespace stagecoach::net {

/// A value, or the system's error that came instead.
template <class T>
using Result = boost::system::result<T>;

using Endpoint = boost::asio::ip::tcp::endpoint;  ///< An IPv4 or IPv6 address, and a port.

/// All endpoints of "HOST:PORT" ("[::1]:7001" for IPv6), one at least and none twice, for whoever
/// dials: to be tried in this order. Blocks while a name is looked up. Errors: invalid_argument if
/// the text has another form; a resolver's error otherwise. Source: getaddrinfo(3), RFC 6724.
Result<std::vector<Endpoint>> resolve_all(std::string_view host_and_port);

/// One of them, for whoever listens: the first that is IPv4, or else the first. Clients that are
/// given a name of both families try both.
Result<Endpoint> resolve(std::string_view host_and_port);

/// "127.0.0.1:7001", "[::1]:7001".
std::string to_string(const Endpoint& endpoint);

/// "[::1]:7001, 127.0.0.1:7001".
std::string to_string(const std::vector<Endpoint>& endpoints);

/// Whether the text has that form.
bool is_host_and_port(std::string_view text);

/// Whether HOST stands there in digits, so that there is no name to look up.
bool is_numeric(std::string_view host_and_port);

/// The endpoint that a socket is bound to.
Endpoint local_endpoint(int fd);

}  // namespace stagecoach::net
