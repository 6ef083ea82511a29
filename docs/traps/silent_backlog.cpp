#include <algorithm>
#include <deque>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>

#include "common/net/listener.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/server_process.hpp"
#include "docs/traps/trap.hpp"

namespace stagecoach::traps {
namespace {

using testing::RespClient;

constexpr auto title =
    "silent_backlog: a client can be connected without being accepted, and waits";
constexpr std::size_t crowd = 20;

// [wrong]
/// Accepts the next client when it has time: while it serves one, the kernel takes the rest.
void accept_when_there_is_time(net::Listener& listener, std::atomic<int>& accepted) {
  while (auto descriptor = listener.accept()) {
    ++accepted;
    net::Socket client(std::move(*descriptor));
    char request[64];
    for (auto count = client.read_some(request, net::no_timeout); count && *count > 0;
         count = client.read_some(request, net::no_timeout)) {
      client.write_all("+PONG\r\n", net::no_timeout);
    }
  }
}
// [wrong]

// [cured]
/// Stage 4 accepts at once. What its channel cannot hold gets an error, and is counted.
testing::ServerProcess start_stage4() {
  return testing::ServerProcess(STAGE4, {"--workers", "1", "--worker-connections", "1",
                                         "--channel-capacity", "1", "--channel-wait", "1ms"});
}
// [cured]

/// Source: tcp_info of a listening socket, whose tcpi_unacked is the length of its accept queue.
std::size_t accept_queue(net::Listener& listener) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  ::getsockopt(listener.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_unacked;
}

std::deque<RespClient> connect_and_ask(std::uint16_t port) {
  std::deque<RespClient> clients;
  while (clients.size() < crowd) {
    clients.emplace_back(port).send({"PING"});
  }
  return clients;
}

struct OneThreadServer {
  ~OneThreadServer() {
    listener.stop();
    thread.join();
  }
  net::Listener listener{*net::resolve("127.0.0.1:0")};
  std::atomic<int> accepted = 0;
  std::thread thread{[this] { accept_when_there_is_time(listener, accepted); }};
};

void show_silence(Report& report) {
  OneThreadServer server;
  const auto port = server.listener.address().port();
  RespClient first(port);
  first.command({"PING"});
  const auto clients = connect_and_ask(port);
  const bool all_wait = testing::poll_until([&] { return accept_queue(server.listener) == crowd; });
  const auto answered = std::ranges::count_if(clients, [](const RespClient& client) {
    char byte = 0;
    return ::recv(client.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  });
  report.saw("20 more clients ask -> counted " + std::to_string(server.accepted - 1) +
                 ", in the kernel's queue " + std::to_string(accept_queue(server.listener)) +
                 ", answered " + std::to_string(answered),
             server.accepted == 1 && all_wait && answered == 0);
}

void show_refusals(Report& report) {
  const auto gateway = start_stage4();
  RespClient first(gateway.port());
  first.command({"PING"});
  auto clients = connect_and_ask(gateway.port());
  std::size_t refused = 0;
  for (std::size_t i = 1; i < crowd; ++i) {
    const auto reply = clients[i].read_until_closed();
    refused += reply == "-ERR max number of clients reached\r\n" ? 1 : 0;
  }
  auto counted = testing::info(first);
  report.saw(
      "20 more clients ask -> counted " + std::to_string(counted["connections_accepted"] - 1) +
          ", in the channel " + std::to_string(counted["channel_depth"]) + ", answered " +
          std::to_string(refused) + ": ERR max number of clients reached",
      refused == crowd - 1 && counted["channel_depth"] == 1 && counted["channel_shed"] == refused);
}

void show(Report& report) {
  report.wrong("one thread accepts and serves, and its client stays");
  show_silence(report);
  report.cured("stage 4 accepts at once, and refuses what its channel cannot hold");
  show_refusals(report);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
