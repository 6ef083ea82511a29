#include "common/gateway/upstream.hpp"

#include <array>

#include <spdlog/spdlog.h>

#include "common/gateway/login.hpp"
#include "common/gateway/upstream_limits.hpp"

namespace stagecoach::gateway {
namespace {

boost::system::error_code log_in(net::Socket& socket, const Options& options) {
  Login login(options);
  const net::Deadline deadline(options.connect_timeout);
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

net::Result<net::Socket> connect(Context& context) {
  auto socket = net::dial(context.upstream.for_dial(), context.options.connect_timeout);
  if (socket && !context.options.upstream_password.empty()) {
    if (const auto error = log_in(*socket, context.options)) {
      return error;
    }
  }
  return socket;
}

}  // namespace

boost::system::error_code upstream_refused_password() {
  return make_error_code(boost::system::errc::permission_denied);
}

Result<Upstream> dial_upstream(Context& context) {
  auto socket = connect(context);
  if (!socket) {
    add(context.counters.upstream_dial_errors);
    spdlog::debug("upstream {}: {}", context.upstream.latest().to_string(),
                  socket.error().message());
    return Failure::upstream_unreachable;
  }
  return Upstream{std::move(*socket), UpstreamTally(context.counters)};
}

void check_upstream(Context& context) {
  auto socket = connect(context);
  if (!socket && socket.error() == upstream_refused_password()) {
    spdlog::warn("upstream {} refuses the password of --upstream-password-file",
                 context.upstream.latest().to_string());
  } else if (!socket) {
    spdlog::warn("upstream {} cannot be reached yet: {}", context.upstream.latest().to_string(),
                 socket.error().message());
  } else {
    warn_of_closing_limits(*socket, context.upstream.latest().to_string(), context.options);
  }
}

}  // namespace stagecoach::gateway
