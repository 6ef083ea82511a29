#include "common/gateway/client_io.hpp"

#include <array>
#include <string_view>
#include <sys/socket.h>

namespace stagecoach::gateway {

// [read_requests]
bool read_requests(net::Socket& client, Session& session, net::Timeout idle_timeout,
                   Context& context) {
  std::array<char, 16 * 1024> chunk;
  net::Deadline deadline(idle_timeout);
  bool begun = false;
  while (!session.next_batch()) {
    if (session.ended()) {
      return false;
    }
    if (session.in_request() && !begun) {
      begun = true;
      deadline = net::Deadline(context.options.read_timeout);
    }
    const auto count = client.read_some(chunk, deadline.left());
    const bool timed_out = !count && count.error() == boost::system::errc::timed_out;
    if (timed_out || deadline.expired()) {
      add(begun ? context.counters.timeouts_read : context.counters.timeouts_idle);
      return false;
    }
    if (!count || *count == 0) {
      return false;
    }
    session.receive(std::string_view(chunk.data(), *count));
  }
  if (context.draining) {
    session.end_input();
  }
  return true;
}
// [read_requests]

bool write_replies(net::Socket& client, Session& session, Context& context) {
  const auto written = client.write_all(session.replies(), context.options.write_timeout);
  if (written.error == boost::system::errc::timed_out) {
    add(context.counters.timeouts_write);
  }
  return !written.error;
}

void refuse(net::Descriptor client, Context& context) {
  constexpr std::string_view text = "-ERR max number of clients reached\r\n";
  ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  add(context.counters.connections_refused);
}

}  // namespace stagecoach::gateway
