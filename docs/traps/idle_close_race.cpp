#include <atomic>

#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "docs/traps/trap.hpp"
#include "stage2_pool/connection_pool.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title = "idle_close_race: the upstream closes just as a request is on its way";

// [wrong]
/// The connection was idle, so it must have been stale: the request is sent again.
std::string ask_and_retry_all(ConnectionPool::Lease& lease, const std::string& command,
                              gateway::Context& context) {
  auto exchange = request(command);
  auto attempt = gateway::attempt(*lease, exchange, context);
  if (attempt.failure && lease.reused() && lease.renew()) {
    attempt = gateway::attempt(*lease, exchange, context);
  }
  if (attempt.failure) {
    gateway::fail(exchange, *attempt.failure, context.counters);
  }
  return text(exchange);
}
// [wrong]

// [cured]
/// Sends again only what was not written, or what changes nothing.
std::string ask_and_retry_reads(ConnectionPool::Lease& lease, const std::string& command,
                                gateway::Context& context) {
  auto exchange = request(command);
  auto attempt = gateway::attempt(*lease, exchange, context);
  if (gateway::may_retry(attempt, exchange) && lease.reused() && lease.renew()) {
    attempt = gateway::attempt(*lease, exchange, context);
  }
  if (attempt.failure) {
    gateway::fail(exchange, *attempt.failure, context.counters);
  }
  return text(exchange);
}
// [cured]

using Ask = std::string (*)(ConnectionPool::Lease&, const std::string&, gateway::Context&);
enum class Closes { before_it_came, after_executing_it };

/// Borrows a connection that passes the probe, and is closed before its reply comes.
void show_close(Report& report, Ask ask, const std::string& command, Closes when,
                std::string_view expected, int expected_visits) {
  std::atomic<bool> borrowed = false;
  std::atomic<int> visits = 0;
  testing::ScriptedUpstream upstream([&](testing::ScriptedConnection& connection) {
    const bool closes = connection.index() == 0;
    if (closes && when == Closes::before_it_came) {
      testing::poll_until([&] { return borrowed.load(); });
      return;
    }
    while (const auto request = connection.read_request()) {
      visits += request->at(0) == "INCR" ? 1 : 0;
      if (closes) {
        return;
      }
      connection.write(":" + std::to_string(visits) + "\r\n");
    }
  });
  Gateway gateway(upstream.port());
  ConnectionPool pool(gateway.context, {});
  { const auto earlier = pool.acquire(); }
  auto lease = pool.acquire();
  borrowed = true;
  if (when == Closes::before_it_came) {
    testing::poll_until([&] { return (**lease).stale(); });
  }
  const auto reply = ask(*lease, command, gateway.context);
  lease->discard();
  report.saw(command +
                 (when == Closes::before_it_came ? ", closed before it came"
                                                 : ", closed after executing it") +
                 " -> " + reply.substr(0, reply.find(" the connection")) +
                 " (visits: " + std::to_string(visits) + ")",
             reply == expected && visits == expected_visits);
}

void show(Report& report) {
  using enum Closes;
  constexpr auto closed = "ERR upstream closed the connection before its reply was complete";
  report.wrong("whatever fails on a reused connection is sent again");
  show_close(report, ask_and_retry_all, "INCR visits", before_it_came, "1", 1);
  show_close(report, ask_and_retry_all, "INCR visits", after_executing_it, "2", 2);
  report.cured("may_retry(): only what was not written, or only reads");
  show_close(report, ask_and_retry_reads, "INCR visits", before_it_came, closed, 0);
  show_close(report, ask_and_retry_reads, "INCR visits", after_executing_it, closed, 1);
  show_close(report, ask_and_retry_reads, "GET visits", after_executing_it, "0", 0);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
