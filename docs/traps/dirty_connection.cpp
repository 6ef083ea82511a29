#include <atomic>

#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "docs/traps/trap.hpp"
#include "stage2_pool/connection_pool.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title = "dirty_connection: returned to the pool while a late reply is still to come";

// [wrong]
/// Answers a timeout with an error, and returns the connection like any other.
std::string ask_and_return(ConnectionPool::Lease& lease, const std::string& command,
                           gateway::Context& context) {
  auto exchange = request(command);
  const auto attempt = gateway::attempt(*lease, exchange, context);
  if (attempt.failure) {
    gateway::fail(exchange, *attempt.failure, context.counters);
  }
  return text(exchange);
}
// [wrong]

// [cured]
/// Only a connection on which nothing more can come is returned.
std::string ask_and_judge(ConnectionPool::Lease& lease, const std::string& command,
                          gateway::Context& context) {
  auto exchange = request(command);
  const auto attempt = gateway::attempt(*lease, exchange, context);
  if (!attempt.reusable) {
    lease.discard();
  }
  if (attempt.failure) {
    gateway::fail(exchange, *attempt.failure, context.counters);
  }
  return text(exchange);
}
// [cured]

using Ask = std::string (*)(ConnectionPool::Lease&, const std::string&, gateway::Context&);

/// Alice's request times out; then Bob borrows a connection, and the late reply comes.
void show_alice_and_bob(Report& report, Ask ask, const std::string& bobs_reply) {
  std::atomic<bool> late = false;
  testing::ScriptedUpstream upstream([&](testing::ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      testing::poll_until([&] { return late.load(); });
      connection.write("+the inbox of " + request->at(1) + "\r\n");
    }
  });
  Gateway gateway(upstream.port());
  ConnectionPool pool(gateway.context, {});
  gateway.options.request_timeout = net::Timeout(20);
  {
    auto lease = pool.acquire();
    const auto alice = ask(*lease, "GET alice", gateway.context);
    report.saw("GET alice -> " + alice,
               alice == "ERR upstream did not reply within --request-timeout");
  }

  gateway.options.request_timeout = net::Timeout(10'000);
  auto lease = pool.acquire();  // the probe finds nothing: the reply is not there yet
  late = true;
  const auto bob = ask(*lease, "GET bob", gateway.context);
  report.saw(
      "GET bob   -> " + bob + " (connections " + std::to_string(upstream.connections()) + ")",
      bob == bobs_reply);
}

void show(Report& report) {
  report.wrong("the connection goes back whatever happened on it");
  show_alice_and_bob(report, ask_and_return, "the inbox of alice");
  report.cured("Lease::discard() unless the connection is reusable");
  show_alice_and_bob(report, ask_and_judge, "the inbox of bob");
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
