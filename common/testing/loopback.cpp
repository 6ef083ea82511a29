#include "common/testing/loopback.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>

namespace stagecoach::testing {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

Descriptor new_socket() {
  return Descriptor(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

}  // namespace

int checked(int result, const char* what) {
  if (result == -1) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

Descriptor listen_on_loopback() {
  auto listener = new_socket();
  const auto name = loopback(0);
  checked(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind");
  checked(::listen(listener.get(), SOMAXCONN), "listen");
  return listener;
}

Descriptor connect_to_loopback(std::uint16_t port) {
  auto socket = new_socket();
  const auto name = loopback(port);
  checked(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name),
          "connect");
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

std::uint16_t local_port(const Descriptor& socket) {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  checked(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size), "getsockname");
  return ntohs(name.sin_port);
}

void set_timeout(const Descriptor& socket, std::chrono::milliseconds timeout) {
  const auto count = timeout.count();
  const timeval value{count / 1000, count % 1000 * 1000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
}

}  // namespace stagecoach::testing
