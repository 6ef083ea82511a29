#include "common/net/listener.hpp"

#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <thread>

#include <boost/system/system_error.hpp>

#include "common/net/socket.hpp"

namespace stagecoach::net {
namespace {

void check(int result, const char* step) {
  if (result < 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), step);
  }
}

bool is_listening(int fd) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
  return listening != 0;
}

/// Whether accept4 failed for the process or the machine as a whole, and may succeed later.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Listener::Listener(const Endpoint& address)
    : descriptor_(::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  check(descriptor_.get(), "socket");
  const int on = 1;
  ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  set_no_delay(descriptor_.get());
  check(::bind(descriptor_.get(), address.data(), address.size()), "bind");
  check(::listen(descriptor_.get(), SOMAXCONN), "listen");
}

std::optional<Descriptor> Listener::accept() {
  constexpr std::chrono::milliseconds pause{20};
  for (;;) {
    Descriptor client(::accept4(descriptor_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) {
      return client;
    }
    const int error = errno;
    if (!is_listening(descriptor_.get())) {
      return std::nullopt;
    }
    if (is_shortage(error)) {
      if (pauses_ != nullptr) {
        ++*pauses_;
      }
      std::this_thread::sleep_for(pause);
    }
  }
}

void Listener::stop() { ::shutdown(descriptor_.get(), SHUT_RDWR); }

}  // namespace stagecoach::net
