#include "stage4_workers/client_io.hpp"

#include <array>
#include <string_view>

namespace stagecoach {

using gateway::add;

net::Task<bool> read_requests(net::AsyncSocket& client, gateway::Session& session,
                              net::Timeout idle_timeout, gateway::Context& context) {
  // One for all connections of a worker: what is read is taken before anything else runs.
  thread_local std::array<char, 64 * 1024> chunk;
  net::Deadline deadline(idle_timeout);
  bool begun = false;
  while (!session.next_batch()) {
    if (session.ended()) {
      co_return false;
    }
    if (session.in_request() && !begun) {
      begun = true;
      deadline = net::Deadline(context.options.read_timeout);
    }
    const auto count = co_await client.read_some(chunk, deadline.left());
    const bool timed_out = !count && count.error() == boost::system::errc::timed_out;
    if (timed_out || deadline.expired()) {
      add(begun ? context.counters.timeouts_read : context.counters.timeouts_idle);
      co_return false;
    }
    if (!count || *count == 0) {
      co_return false;
    }
    session.receive(std::string_view(chunk.data(), *count));
  }
  if (context.draining) {
    session.end_input();
  }
  co_return true;
}

net::Task<bool> write_replies(net::AsyncSocket& client, gateway::Session& session,
                              gateway::Context& context) {
  const auto written = co_await client.write_all(session.replies(), context.options.write_timeout);
  if (written.error == boost::system::errc::timed_out) {
    add(context.counters.timeouts_write);
  }
  co_return !written.error;
}

}  // namespace stagecoach
