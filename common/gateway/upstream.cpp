#include "common/gateway/upstream.hpp"

#include <array>

#include <spdlog/spdlog.h>

#include "common/gateway/password.hpp"

namespace stagecoach::gateway {
namespace {

/// A connection, and where it leads.
struct Connected {
  net::Socket socket;
  UpstreamPeer peer;
};

boost::system::error_code log_in(net::Socket& socket, const Options& options,
                                 const net::Deadline& deadline) {
  Login login(options);
  const auto written = socket.write_all(login.request(), deadline.left());
  if (written.error) {
    return written.error;
  }
  std::array<char, 256> chunk;
  while (!login.done()) {
    const auto count = socket.read_some(chunk, deadline.left());
    if (!count) {
      return count.error();
    }
    if (*count == 0) {
      return make_error_code(boost::system::errc::connection_reset);
    }
    login.take({chunk.data(), *count});
  }
  return login.accepted() ? boost::system::error_code() : upstream_refused_password();
}

net::Result<net::Socket> connect(const net::Endpoint& address, const Options& options,
                                 const net::Deadline& deadline) {
  auto socket = net::dial(address, deadline.left());
  if (socket && !options.upstream_password.empty()) {
    if (const auto error = log_in(*socket, options, deadline)) {
      return error;
    }
  }
  return socket;
}

/// Tries one address after the other. A silent one leaves the others their share of the time; one
/// that refuses the password is the upstream, so it ends the search.
net::Result<Connected> connect(Context& context) {
  const net::Deadline deadline(context.options.connect_timeout);
  const auto addresses = context.upstream.for_dial();
  auto left = addresses.size();
  auto error = make_error_code(boost::system::errc::timed_out);
  for (const net::Endpoint& address : addresses) {
    auto socket = connect(address, context.options, net::Deadline(deadline.share(left--)));
    if (socket) {
      return Connected{std::move(*socket), context.upstream.answered(address)};
    }
    error = socket.error();
    spdlog::debug("upstream {}: {}", net::to_string(address), error.message());
    if (error == upstream_refused_password() || deadline.expired()) {
      break;
    }
  }
  return error;
}

}  // namespace

boost::system::error_code upstream_refused_password() {
  return make_error_code(boost::system::errc::permission_denied);
}

Result<Upstream> dial_upstream(Context& context) {
  auto connected = connect(context);
  if (!connected) {
    add(context.counters.upstream_dial_errors);
    return Failure::upstream_unreachable;
  }
  return Upstream{std::move(connected->socket), UpstreamTally(context.counters), connected->peer};
}

net::Result<net::Socket> try_upstream(Context& context) {
  auto connected = connect(context);
  return connected ? net::Result<net::Socket>(std::move(connected->socket)) : connected.error();
}

}  // namespace stagecoach::gateway
