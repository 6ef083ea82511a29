#include "common/gateway/client_io.hpp"

#include <array>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>

#include "common/net/write_progress.hpp"

namespace stagecoach::gateway {
namespace {

/// Waits until the client takes more, and reads ahead. False: it takes nothing.
bool await_room(net::Socket& client, Session& session, net::WriteProgress& progress) {
  std::array<char, 16 * 1024> chunk;
  bool sends = true;
  while (!progress.stalled()) {
    const bool reads = sends && session.may_read_ahead();
    const int ready = client.wait(reads ? POLLIN | POLLOUT : POLLOUT, progress.next_look());
    if ((ready & POLLIN) != 0) {
      const auto count = client.read_now(chunk);
      sends = count && *count > 0;
      session.receive_ahead({chunk.data(), sends ? *count : 0});
    }
    if ((ready & ~POLLIN) != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

// [read_requests]
bool read_requests(net::Socket& client, Session& session, net::Timeout idle_timeout,
                   Context& context) {
  std::array<char, 16 * 1024> chunk;
  net::Deadline deadline(idle_timeout);
  bool begun = false;
  bool quiet = false;
  while (!session.next_batch()) {
    if (session.ended()) {
      return false;
    }
    if (session.in_request() && !begun) {
      begun = true;
      deadline = net::Deadline(context.options.read_timeout);
    }
    const auto patience = quiet ? deadline.left() : net::earlier(deadline.left(), quiet_time);
    const auto count = client.read_some(chunk, patience);
    const bool timed_out = !count && count.error() == boost::system::errc::timed_out;
    if (timed_out && !quiet && !deadline.expired()) {
      quiet = true;
      session.release_memory();
      continue;
    }
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
  std::optional<net::WriteProgress> progress;  // for the few replies that do not leave at once
  for (auto rest = session.replies();;) {
    const auto count = client.write_now(rest);
    if (!count) {
      return false;
    }
    rest.remove_prefix(*count);
    if (rest.empty()) {
      return true;
    }
    if (!progress) {
      progress.emplace(client.native_handle(), context.options.write_timeout);
    }
    progress->wrote(*count);
    if (!await_room(client, session, *progress)) {
      add(context.counters.timeouts_write);
      return false;
    }
  }
}

void refuse(net::Descriptor client, Context& context) {
  constexpr std::string_view text = "-ERR max number of clients reached\r\n";
  ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  add(context.counters.connections_refused);
}

}  // namespace stagecoach::gateway
