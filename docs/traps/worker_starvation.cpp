#include <cerrno>
#include <deque>
#include <sys/socket.h>

#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/server_process.hpp"
#include "docs/traps/trap.hpp"

namespace stagecoach::traps {
namespace {

using testing::info;
using testing::poll_until;
using testing::RespClient;
using testing::ServerProcess;

constexpr auto title = "worker_starvation: idle clients occupy the workers, and the next one waits";

bool silent(const RespClient& client) {
  char byte = 0;
  return ::recv(client.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

/// Clients that asked once, were answered, and stay.
std::deque<RespClient> connect_idle_clients(const ServerProcess& gateway) {
  std::deque<RespClient> idle;
  for (int i = 0; i < 2; ++i) {
    idle.emplace_back(gateway.port()).command({"PING"});
  }
  return idle;
}

// [wrong]
/// A worker serves one connection until it closes: two idle clients, and two workers are taken.
void starve(Report& report) {
  const ServerProcess gateway(STAGE4, {"--workers", "2", "--worker", "literal"});
  auto idle = connect_idle_clients(gateway);
  RespClient third(gateway.port());
  third.send({"PING"});
  const bool waits = poll_until([&] { return info(idle[0])["channel_depth"] == 1; });
  report.saw("2 idle clients, PING from a third -> no reply: its connection is in the channel",
             waits && silent(third));

  idle.pop_back();
  const auto reply = third.read_reply().text;
  report.saw("one of the idle clients leaves -> " + reply, reply == "PONG");
}
// [wrong]

// [cured]
/// A worker is an event loop: an idle client costs it a coroutine, and no thread.
void serve_all(Report& report) {
  const ServerProcess gateway(STAGE4, {"--workers", "2", "--worker", "event"});
  auto idle = connect_idle_clients(gateway);
  RespClient third(gateway.port());
  const auto reply = third.command({"PING"}).text;
  auto counted = info(third);
  report.saw("2 idle clients, PING from a third -> " + reply + " (workers " +
                 std::to_string(counted["workers"]) + ", connections " +
                 std::to_string(counted["connections_open"]) + ")",
             reply == "PONG" && counted["connections_open"] == 3 && counted["workers"] == 2);
}
// [cured]

void show(Report& report) {
  report.wrong("stage 4 with --worker literal, 2 workers");
  starve(report);
  report.cured("stage 4 with --worker event, 2 workers");
  serve_all(report);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
