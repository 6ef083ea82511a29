#include "stage4_workers/client_io.hpp"

#include <array>
#include <string_view>

namespace stagecoach {

using gateway::add;

Task<bool> read_requests(AsyncSocket& client, gateway::Session& session, net::Timeout idle_timeout,
                         gateway::Context& context) {
  // One for all connections of a worker: what is read is taken before anything else runs.
  thread_local std::array<char, 64 * 1024> chunk;
  auto end = client.loop().after(idle_timeout);
  bool begun = false;
  while (!session.next_batch()) {
    if (session.ended()) {
      co_return false;
    }
    if (session.in_request() && !begun) {
      begun = true;
      end = client.loop().after(context.options.read_timeout);
    }
    const auto count = co_await client.read_some_until(chunk, end);
    if (!count && count.error() == boost::system::errc::timed_out) {
      add(begun ? context.counters.timeouts_read : context.counters.timeouts_idle);
      co_return false;
    }
    if (!count || *count == 0) {
      co_return false;
    }
    session.receive(std::string_view(chunk.data(), *count));
  }
  if (client.draining()) {
    session.end_input();
  }
  co_return true;
}

Task<bool> write_replies(AsyncSocket& client, gateway::Session& session,
                         gateway::Context& context) {
  const auto written = co_await client.write_all(session.replies(), context.options.write_timeout);
  if (written.error == boost::system::errc::timed_out) {
    add(context.counters.timeouts_write);
  }
  co_return !written.error;
}

}  // namespace stagecoach
