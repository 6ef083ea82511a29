#include <cerrno>
#include <fstream>
#include <system_error>

#include "common/testing/network_namespace.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "docs/traps/trap.hpp"
#include "stage2_pool/connection_pool.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title = "time_wait: the side that closes first keeps the port, and ports run out";
constexpr int requests = 1000;

// [wrong]
/// Dials for each request and closes first, for as long as it gets a port to dial from.
int dial_for_each(gateway::Context& context) {
  for (int served = 0; served < requests; ++served) {
    auto upstream = gateway::dial_upstream(context);
    if (!upstream || ask(*upstream, "GET greeting", context) != "hello") {
      return served;
    }
  }
  return requests;
}
// [wrong]

// [cured]
/// The same requests over connections that are kept.
int borrow_for_each(ConnectionPool& pool, gateway::Context& context) {
  for (int served = 0; served < requests; ++served) {
    auto lease = pool.acquire();
    if (!lease || ask(**lease, "GET greeting", context) != "hello") {
      return served;
    }
  }
  return requests;
}
// [cured]

void set(const std::string& name, const std::string& value) {
  std::ofstream file("/proc/sys/net/ipv4/" + name);
  if (!(file << value << std::flush)) {
    throw std::system_error(EPERM, std::generic_category(), "to set " + name);
  }
}

/// Ports of this network in TIME_WAIT, which is state 6. Source: proc(5), /proc/net/tcp.
int count_time_wait() {
  int count = 0;
  std::ifstream lines("/proc/thread-self/net/tcp");
  for (std::string line, ignored, state; std::getline(lines, line);) {
    std::istringstream(line) >> ignored >> ignored >> ignored >> state;
    count += state == "06" ? 1 : 0;
  }
  return count;
}

/// A network with ten ports to dial from, and an upstream in it.
class NarrowNetwork {
 public:
  NarrowNetwork() {
    set("ip_local_port_range", "40000 40009");
    set("tcp_tw_reuse", "0");  // The default makes an exception of the loopback.
  }

  testing::NetworkNamespace network;
  testing::NetworkNamespace::Inside inside{network};
  testing::ScriptedUpstream upstream{[](testing::ScriptedConnection& connection) {
    while (connection.read_request()) {
      connection.write("+hello\r\n");
    }
  }};
  Gateway gateway{upstream.port()};
};

void show(Report& report) {
  {
    report.wrong("a connection for each request, 10 ports to dial from");
    NarrowNetwork narrow;
    const int served = dial_for_each(narrow.gateway.context);
    const auto why =
        net::dial(narrow.gateway.context.upstream.latest(), net::Timeout(10'000)).error();
    const bool all_wait = testing::poll_until([] { return count_time_wait() == 10; });
    report.saw("served " + std::to_string(served) + " of 1000, then: " + why.message(),
               served == 10 && why == boost::system::errc::address_not_available);
    report.saw("ports in TIME_WAIT: " + std::to_string(count_time_wait()), all_wait);
  }
  report.cured("ConnectionPool");
  NarrowNetwork narrow;
  ConnectionPool pool(narrow.gateway.context, {});
  const int served = borrow_for_each(pool, narrow.gateway.context);
  const auto dials = narrow.gateway.context.counters.upstream_dials.load();
  report.saw("served " + std::to_string(served) + " of 1000 (dials " + std::to_string(dials) + ")",
             served == requests && dials == 1);
  report.saw("ports in TIME_WAIT: " + std::to_string(count_time_wait()), count_time_wait() == 0);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
