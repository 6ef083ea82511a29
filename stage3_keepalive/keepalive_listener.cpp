#include "stage3_keepalive/keepalive_listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace stagecoach {
namespace {

/// An option of tcp(7) that Asio has no name for.
template <int name>
using TcpOption = boost::asio::detail::socket_option::integer<IPPROTO_TCP, name>;

}  // namespace

// [keepalive]
KeepaliveListener::KeepaliveListener(net::Listener listening, const KeepaliveOptions& options)
    : net::Listener(std::move(listening)) {
  if (!options.keepalive) {
    return;
  }
  const auto idle = std::chrono::ceil<std::chrono::seconds>(options.idle);
  const auto interval = std::chrono::ceil<std::chrono::seconds>(options.interval);
  const int count = static_cast<int>(options.count);
  const net::Timeout unacknowledged = idle + count * interval - 1s;

  acceptor().set_option(boost::asio::socket_base::keep_alive(true));
  acceptor().set_option(TcpOption<TCP_KEEPIDLE>(static_cast<int>(idle.count())));
  acceptor().set_option(TcpOption<TCP_KEEPINTVL>(static_cast<int>(interval.count())));
  acceptor().set_option(TcpOption<TCP_KEEPCNT>(count));
  acceptor().set_option(TcpOption<TCP_USER_TIMEOUT>(static_cast<int>(unacknowledged.count())));
}
// [keepalive]

}  // namespace stagecoach
