#include "common/net/listener.hpp"

#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <thread>

namespace stagecoach::net {
namespace {

bool is_listening(int fd) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
  return listening != 0;
}

/// Whether accept4 failed because of the process or the whole machine, and may succeed later.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Listener::Listener(const Endpoint& address) : acceptor_(*context_, address) {
  acceptor_.set_option(boost::asio::ip::tcp::no_delay(true));
}

std::optional<Descriptor> Listener::accept() {
  constexpr std::chrono::milliseconds pause{20};
  for (;;) {
    Descriptor client(::accept4(native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) {
      return client;
    }
    const int error = errno;
    if (!is_listening(native_handle())) {
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

void Listener::stop() { ::shutdown(native_handle(), SHUT_RDWR); }

}  // namespace stagecoach::net
