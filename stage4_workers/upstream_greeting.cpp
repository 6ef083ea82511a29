#include "stage4_workers/upstream_greeting.hpp"

#include <array>

#include "common/gateway/login.hpp"
#include "common/gateway/upstream.hpp"

namespace stagecoach {
namespace {

Task<boost::system::error_code> log_in(AsyncSocket& socket, const gateway::Options& options,
                                       EventLoop::Time end) {
  gateway::Login login(options);
  const auto written = co_await socket.write_all(login.request(), options.connect_timeout);
  if (written.error) {
    co_return written.error;
  }
  std::array<char, 256> chunk;
  while (!login.done()) {
    const auto count = co_await socket.read_some_until(chunk, end);
    if (!count) {
      co_return count.error();
    }
    if (*count == 0) {
      co_return make_error_code(boost::system::errc::connection_reset);
    }
    login.take({chunk.data(), *count});
  }
  co_return login.accepted() ? boost::system::error_code() : gateway::upstream_refused_password();
}

}  // namespace

Greeting upstream_greeting(const gateway::Options& options) {
  if (options.upstream_password.empty()) {
    return {};
  }
  return
      [&options](AsyncSocket& socket, EventLoop::Time end) { return log_in(socket, options, end); };
}

}  // namespace stagecoach
