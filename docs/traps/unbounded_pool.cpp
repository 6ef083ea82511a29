#include <algorithm>
#include <future>
#include <mutex>
#include <vector>

#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "docs/traps/trap.hpp"
#include "stage2_pool/connection_pool.hpp"

namespace stagecoach::traps {
namespace {

using testing::poll_until;

constexpr auto title = "unbounded_pool: a connection for each client of a slow upstream";
constexpr std::size_t clients = 16;
constexpr std::size_t upstream_takes = 4;

struct IdleList {
  std::mutex mutex;
  std::vector<gateway::Upstream> idle;
};

// [wrong]
/// None idle? Dial. A slow upstream leaves none idle, so its load rises as it slows down.
std::string ask_over_list(IdleList& list, gateway::Context& context) {
  std::unique_lock lock(list.mutex);
  if (list.idle.empty()) {
    list.idle.push_back(*gateway::dial_upstream(context));
  }
  gateway::Upstream upstream = std::move(list.idle.back());
  list.idle.pop_back();
  lock.unlock();
  auto reply = ask(upstream, "GET greeting", context);
  lock.lock();
  if (reply == "hello") {
    list.idle.push_back(std::move(upstream));
  }
  return reply;
}
// [wrong]

// [cured]
/// At most max_open are open. A caller that finds none free waits in line, for wait_timeout.
std::string ask_over_pool(ConnectionPool& pool, gateway::Context& context) {
  auto lease = pool.acquire();
  return lease ? ask(**lease, "GET greeting", context) : "no connection within wait_timeout";
}
// [cured]

/// Has a limit of connections, as Redis has (maxclients), and replies once it is released.
struct SlowUpstream {
  std::atomic<bool> released = false;
  std::atomic<std::size_t> open = 0;
  testing::ScriptedUpstream upstream{[this](testing::ScriptedConnection& connection) {
    const bool taken = ++open <= upstream_takes;
    if (!taken) {
      connection.write("-ERR max number of clients reached\r\n");
    }
    while (connection.read_request()) {
      if (taken && poll_until([this] { return released.load(); })) {
        connection.write("+hello\r\n");
      }
    }
    --open;
  }};
};

/// All clients ask at a time. The upstream replies when `waiting` says that they are there.
template <class Ask, class Waiting>
void show_crowd(Report& report, SlowUpstream& slow, Ask ask, Waiting waiting, std::size_t served) {
  std::vector<std::future<std::string>> replies(clients);
  std::ranges::generate(replies, [&] { return std::async(std::launch::async, ask); });
  const bool all_there = poll_until(waiting);
  slow.released = true;
  const auto hellos = std::ranges::count_if(replies, [](auto& r) { return r.get() == "hello"; });
  report.saw("16 clients -> connections " + std::to_string(slow.upstream.connections()) +
                 ", served " + std::to_string(hellos) + ", refused by the upstream " +
                 std::to_string(clients - static_cast<std::size_t>(hellos)),
             all_there && hellos == static_cast<std::ptrdiff_t>(served));
}

void show(Report& report) {
  {
    report.wrong("dial when none is idle");
    SlowUpstream slow;
    Gateway gateway(slow.upstream.port());
    IdleList list;
    show_crowd(
        report, slow, [&] { return ask_over_list(list, gateway.context); },
        [&] { return slow.upstream.connections() == clients; }, upstream_takes);
  }
  report.cured("ConnectionPool with max_open, and a queue in front of it");
  SlowUpstream slow;
  Gateway gateway(slow.upstream.port());
  const auto& counters = gateway.context.counters;
  {
    ConnectionPool pool(gateway.context,
                        {.max_open = upstream_takes, .wait_timeout = net::Timeout(10'000)});
    show_crowd(
        report, slow, [&] { return ask_over_pool(pool, gateway.context); },
        [&] { return counters.pool_waits == clients - upstream_takes; }, clients);
  }
  ConnectionPool pool(gateway.context, {.max_open = 1, .wait_timeout = net::Timeout(20)});
  const auto held = pool.acquire();
  const auto reply = ask_over_pool(pool, gateway.context);
  report.saw("one more while all are held -> " + reply, counters.pool_timeouts == 1);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
