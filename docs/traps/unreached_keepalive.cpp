#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common/testing/network_namespace.hpp"
#include "common/testing/poll_until.hpp"
#include "docs/traps/trap.hpp"
#include "stage3_keepalive/keepalive_listener.hpp"

namespace stagecoach::traps {
namespace {

using testing::poll_until;

constexpr auto title = "unreached_keepalive: no probe is sent while data is unacknowledged";

// [wrong]
/// A vanished peer is noticed 2 seconds after its last sign of life: while idle, it is.
net::Listener listen_with_probes(const net::Endpoint& address) {
  net::Listener listener(address);
  const int on = 1;
  const int seconds = 1;
  const int probes = 1;
  ::setsockopt(listener.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  ::setsockopt(listener.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
  ::setsockopt(listener.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
  ::setsockopt(listener.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
  return listener;
}
// [wrong]

// [cured]
/// The same probes, and TCP_USER_TIMEOUT while data is unacknowledged.
net::Listener listen_with_user_timeout(const net::Endpoint& address) {
  return KeepaliveListener(
      net::Listener(address),
      {.idle = std::chrono::seconds(1), .interval = std::chrono::seconds(1), .count = 1});
}
// [cured]

tcp_info info_of(const net::Descriptor& socket) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  ::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size);
  return info;
}

bool given_up(const net::Descriptor& socket) { return info_of(socket).tcpi_state == TCP_CLOSE; }

void probe_after(const net::Descriptor& socket, int seconds) {
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
}

/// Two connections whose peer vanishes. On one of them a reply is written after that.
struct VanishedPeer {
  explicit VanishedPeer(net::Listener (*listen)(const net::Endpoint&)) {
    const testing::NetworkNamespace::Inside inside(networks.left());
    net::Listener listener = listen(*net::resolve("0.0.0.0:0"));
    const auto idle_end = networks.connect_from_right(listener.address().port());
    idle = *listener.accept();
    const auto asking_end = networks.connect_from_right(listener.address().port());
    replying = *listener.accept();
    probe_after(replying, 60);  // the reply is written before, however long it takes
    networks.cut();
    ::send(replying.get(), "+reply\r\n", 8, MSG_NOSIGNAL);
    probe_after(replying, 1);
  }

  testing::CabledNetworks networks;
  net::Descriptor idle;
  net::Descriptor replying;
};

void show(Report& report) {
  const VanishedPeer trusted(listen_with_probes);
  const VanishedPeer watched(listen_with_user_timeout);  // time passes for both

  report.wrong("SO_KEEPALIVE: after 1 s, 1 probe, 1 s for its answer");
  report.saw("vanished while idle -> given up by TCP",
             poll_until([&] { return given_up(trusted.idle); }));
  poll_until([&] { return info_of(trusted.replying).tcpi_retransmits > 0; });
  const tcp_info now = info_of(trusted.replying);
  report.saw("vanished before a reply -> kept: probes " + std::to_string(now.tcpi_probes) +
                 ", retransmissions " + (now.tcpi_retransmits > 0 ? "> 0" : "0"),
             now.tcpi_state == TCP_ESTABLISHED && now.tcpi_probes == 0 && now.tcpi_retransmits > 0);

  report.cured("KeepaliveListener sets TCP_USER_TIMEOUT, too");
  report.saw("vanished while idle -> given up by TCP",
             poll_until([&] { return given_up(watched.idle); }));
  report.saw("vanished before a reply -> given up by TCP",
             poll_until([&] { return given_up(watched.replying); }));
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
