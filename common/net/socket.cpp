#include "common/net/socket.hpp"

#include <array>
#include <cerrno>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>

#include "common/net/write_progress.hpp"

namespace stagecoach::net {
namespace {

void set_timeout(int fd, int option, Timeout timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(timeout - seconds);
  const timeval value{.tv_sec = seconds.count(), .tv_usec = rest.count()};
  ::setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value));
}

}  // namespace

Result<std::size_t> Socket::read_some(std::span<char> buffer, Timeout timeout) {
  arm(SO_RCVTIMEO, receive_timeout_, timeout);
  ssize_t count = 0;
  do {
    count = ::recv(native_handle(), buffer.data(), buffer.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return last_error();
  }
  return static_cast<std::size_t>(count);
}

Result<std::size_t> Socket::write_some(std::string_view bytes, Timeout timeout) {
  if (const auto count = write_now(bytes); !count || *count > 0) {
    return count;  // nearly always: nothing to wait for
  }
  arm(SO_SNDTIMEO, send_timeout_, timeout);
  ssize_t count = 0;
  do {
    count = ::send(native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return last_error();
  }
  return static_cast<std::size_t>(count);
}

Written Socket::write_all(std::string_view bytes, Timeout timeout) {
  WriteProgress progress(native_handle(), timeout);
  Written written;
  for (;;) {
    const auto count = write_now(bytes.substr(written.bytes));
    if (!count) {
      written.error = count.error();
      return written;
    }
    written.bytes += *count;
    progress.wrote(*count);
    if (written.bytes == bytes.size()) {
      return written;
    }
    if (wait(POLLOUT, progress.next_look()) == 0 && progress.stalled()) {
      written.error = make_error_code(boost::system::errc::timed_out);
      return written;
    }
  }
}

Result<std::size_t> Socket::read_now(std::span<char> buffer) {
  const auto count = ::recv(native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0) {
    return last_error();
  }
  return static_cast<std::size_t>(count);
}

Result<std::size_t> Socket::write_now(std::string_view bytes) {
  const auto count =
      ::send(native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno != EAGAIN) {
    return last_error();
  }
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

int Socket::wait(short events, Timeout timeout) {
  pollfd waited{native_handle(), events, 0};
  const bool ready =
      ::poll(&waited, 1, timeout == no_timeout ? -1 : static_cast<int>(timeout.count())) == 1;
  return ready ? waited.revents : 0;
}

void Socket::arm(int option, Timeout& armed, Timeout timeout) {
  if (armed != timeout) {
    set_timeout(native_handle(), option, timeout);
    armed = timeout;
  }
}

Result<Socket> dial(const Endpoint& address, Timeout timeout) {
  Descriptor descriptor(::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!descriptor) {
    return last_error();
  }
  set_no_delay(descriptor.get());
  set_timeout(descriptor.get(), SO_SNDTIMEO, timeout);
  while (::connect(descriptor.get(), address.data(), address.size()) != 0) {
    if (errno != EINTR) {
      return last_error();
    }
  }
  return Socket(std::move(descriptor));
}

void linger(Socket& socket, Timeout timeout) {
  std::array<char, 4096> unread;
  if (::recv(socket.native_handle(), unread.data(), unread.size(), MSG_DONTWAIT) <= 0) {
    return;
  }
  ::shutdown(socket.native_handle(), SHUT_WR);
  const Deadline deadline(timeout);
  while (!deadline.expired()) {
    const auto count = socket.read_some(unread, deadline.left());
    if (!count || *count == 0) {
      return;
    }
  }
}

boost::system::error_code last_error() {
  if (errno == EAGAIN || errno == EINPROGRESS) {  // SO_RCVTIMEO or SO_SNDTIMEO has passed
    return {ETIMEDOUT, boost::system::system_category()};
  }
  return {errno == ETIMEDOUT ? EHOSTUNREACH : errno, boost::system::system_category()};
}

void await_delivery(Socket& socket, Timeout timeout) {
  const Deadline deadline(timeout);
  while (unacknowledged(socket.native_handle()) > 0 && !deadline.expired()) {
    std::this_thread::sleep_for(delivery_poll);
  }
}

int unacknowledged(int fd) {
  int bytes = 0;
  return ::ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

void set_no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// [is_stale]
bool is_stale(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}
// [is_stale]

}  // namespace stagecoach::net
