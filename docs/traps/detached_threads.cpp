#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include "common/gateway/connection_threads.hpp"
#include "common/net/listener.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "common/testing/server_process.hpp"
#include "docs/traps/trap.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title =
    "detached_threads: the process ends while threads that nobody owns still work";
constexpr net::Timeout patience{10'000};

/// Passes on one request, and passes back its reply.
void serve(net::Socket& client, const net::Endpoint& upstream) {
  std::string bytes(1024, '\0');
  const auto request = client.read_some(bytes, patience);
  if (!request || *request == 0) {
    return;
  }
  auto socket = net::dial(upstream, patience);
  socket->write_all(bytes.substr(0, *request), patience);
  const auto reply = socket->read_some(bytes, patience);
  client.write_all(bytes.substr(0, *reply), patience);
}

// [wrong]
/// Nobody knows when the threads are done, so the process ends without them.
void serve_detached(net::Listener& listener, gateway::Context& context) {
  while (auto client = listener.accept()) {
    std::thread([socket = net::Socket(std::move(*client)),
                 upstream = context.upstream.latest()]() mutable {
      serve(socket, upstream);
    }).detach();
  }
}
// [wrong]

// [cured]
/// drain() waits for requests under way, for at most --drain-timeout, and joins each thread.
void serve_owned(net::Listener& listener, gateway::Context& context) {
  gateway::ConnectionThreads threads(
      context, [&](net::Socket& client) { serve(client, context.upstream.latest()); });
  while (auto client = listener.accept()) {
    threads.start(*client);
  }
  threads.drain();
}
// [cured]

net::Listener* stopped_by_sigterm = nullptr;

/// The server, in a process of its own: `--listen 127.0.0.1:0 WAY UPSTREAM_PORT`.
int serve_until_sigterm(const std::string& way, const std::string& upstream_port) {
  net::Listener listener(*net::resolve("127.0.0.1:0"));
  stopped_by_sigterm = &listener;
  std::signal(SIGTERM, [](int) { stopped_by_sigterm->stop(); });
  std::cout << "listening on " << net::to_string(listener.address()) << std::endl;
  Gateway gateway(static_cast<std::uint16_t>(std::stoi(upstream_port)));
  (way == "detached" ? serve_detached : serve_owned)(listener, gateway.context);
  return 0;
}

/// SIGTERM comes while the upstream is at work. It replies once the server has ended, or waits.
void show_shutdown(Report& report, const std::string& way, const std::string& expected) {
  std::atomic<bool> at_work = false;
  std::atomic<bool> released = false;
  testing::ScriptedUpstream upstream([&](testing::ScriptedConnection& connection) {
    connection.read_request();
    at_work = true;
    testing::poll_until([&] { return released.load(); });
    connection.write("+hello\r\n");
  });
  testing::ServerProcess server("/proc/self/exe", {way, std::to_string(upstream.port())});
  testing::RespClient client(server.port());
  client.send({"GET", "greeting"});
  testing::poll_until([&] { return at_work.load(); });
  server.process().signal(SIGTERM);
  if (way == "detached") {
    server.process().wait(patience);
  } else {
    const auto address = *net::resolve("127.0.0.1:" + std::to_string(server.port()));
    testing::poll_until([&] { return !net::dial(address, patience); });
  }
  released = true;
  const auto reply = client.read_until_closed();
  const auto status = server.process().wait(patience);
  report.saw("SIGTERM with a request in flight -> exit " + std::to_string(status->code.value()) +
                 ", the client gets " + (reply.empty() ? "end of file" : reply.substr(1, 5)),
             reply == expected && status->code == 0);
}

void show(Report& report) {
  report.wrong("std::thread::detach()");
  show_shutdown(report, "detached", "");
  report.cured("ConnectionThreads joins them in drain()");
  show_shutdown(report, "owned", "+hello\r\n");
}

}  // namespace
}  // namespace stagecoach::traps

int main(int argc, char** argv) {
  using namespace stagecoach::traps;
  return argc == 5 ? serve_until_sigterm(argv[3], argv[4]) : run(title, show);
}
