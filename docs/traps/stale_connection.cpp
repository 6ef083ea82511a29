#include <atomic>
#include <vector>

#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "docs/traps/trap.hpp"
#include "stage2_pool/connection_pool.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title =
    "stale_connection: a pooled connection that the upstream closed while it was idle";

// [wrong]
/// A list of sockets: whoever takes one finds out by using it whether it is still alive.
std::string ask_over_list(std::vector<gateway::Upstream>& idle, gateway::Context& context) {
  if (idle.empty()) {
    idle.push_back(*gateway::dial_upstream(context));
  }
  gateway::Upstream upstream = std::move(idle.back());
  idle.pop_back();
  auto reply = ask(upstream, "GET greeting", context);
  idle.push_back(std::move(upstream));
  return reply;
}
// [wrong]

// [cured]
/// acquire() looks at a connection before it lends it, and dials another if it is dead.
std::string ask_over_pool(ConnectionPool& pool, gateway::Context& context) {
  auto lease = pool.acquire();
  return ask(**lease, "GET greeting", context);
}
// [cured]

/// Closes its first connection when told to: a restart, or an idle timeout that is over.
class ClosingUpstream {
 public:
  std::uint16_t port() const { return upstream_.port(); }

  void close(const gateway::Upstream& connection) {
    told_ = true;
    testing::poll_until([&] { return connection.stale(); });
  }

 private:
  std::atomic<bool> told_ = false;
  testing::ScriptedUpstream upstream_{[this](testing::ScriptedConnection& connection) {
    while (connection.read_request()) {
      connection.write("+hello\r\n");
      if (connection.index() == 0 && testing::poll_until([this] { return told_.load(); })) {
        return;
      }
    }
  }};
};

void show(Report& report) {
  const auto saw = [&](const std::string& reply, bool as_described, const std::string& more = "") {
    report.saw("GET greeting -> " + reply + more, as_described);
  };
  constexpr auto closed = "ERR upstream closed the connection before its reply was complete";
  {
    report.wrong("a list of sockets");
    ClosingUpstream upstream;
    Gateway gateway(upstream.port());
    std::vector<gateway::Upstream> idle;
    auto reply = ask_over_list(idle, gateway.context);
    saw(reply, reply == "hello");
    upstream.close(idle.back());
    reply = ask_over_list(idle, gateway.context);
    saw(reply, reply == closed);
  }
  report.cured("ConnectionPool probes what it lends");
  ClosingUpstream upstream;
  Gateway gateway(upstream.port());
  ConnectionPool pool(gateway.context, {});
  auto reply = ask_over_pool(pool, gateway.context);
  saw(reply, reply == "hello");
  upstream.close(**pool.acquire());
  reply = ask_over_pool(pool, gateway.context);
  const auto& counters = gateway.context.counters;
  saw(reply, reply == "hello" && counters.pool_stale == 1 && counters.upstream_dials == 2,
      " (stale " + std::to_string(counters.pool_stale) + ", dials " +
          std::to_string(counters.upstream_dials) + ")");
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
