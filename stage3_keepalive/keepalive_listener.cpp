#include "stage3_keepalive/keepalive_listener.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/system/system_error.hpp>

namespace stagecoach {
namespace {

void set_option(int fd, int level, int option, std::int64_t value) {
  const int argument = static_cast<int>(value);
  if (::setsockopt(fd, level, option, &argument, sizeof(argument)) != 0) {
    throw boost::system::system_error(errno, boost::system::system_category(),
                                      "--keepalive options");
  }
}

}  // namespace

// [keepalive]
KeepaliveListener::KeepaliveListener(net::Listener listening, const KeepaliveOptions& options)
    : net::Listener(std::move(listening)) {
  if (!options.keepalive) {
    return;
  }
  const auto idle = std::chrono::ceil<std::chrono::seconds>(options.idle);
  const auto interval = std::chrono::ceil<std::chrono::seconds>(options.interval);
  const auto count = static_cast<std::int64_t>(options.count);
  const net::Timeout unacknowledged = idle + count * interval - 1s;

  set_option(native_handle(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, idle.count());
  set_option(native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, interval.count());
  set_option(native_handle(), IPPROTO_TCP, TCP_KEEPCNT, count);
  set_option(native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged.count());
}
// [keepalive]

}  // namespace stagecoach
