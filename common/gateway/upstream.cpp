#include "common/gateway/upstream.hpp"

#include <spdlog/spdlog.h>

namespace stagecoach::gateway {

Result<Upstream> dial_upstream(Context& context) {
  auto socket = net::dial(context.upstream, context.options.connect_timeout);
  if (!socket) {
    add(context.counters.upstream_dial_errors);
    spdlog::debug("upstream {}: {}", context.upstream.to_string(), socket.error().message());
    return Failure::upstream_unreachable;
  }
  return Upstream{std::move(*socket), UpstreamTally(context.counters)};
}

}  // namespace stagecoach::gateway
