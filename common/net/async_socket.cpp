#include "common/net/async_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stagecoach::net {
namespace {

namespace asio = boost::asio;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable_t<LoopExecutor>());
constexpr auto never = Deadline::Clock::time_point::max();

Deadline::Clock::time_point after(Timeout timeout) {
  return timeout == no_timeout ? never : Deadline::Clock::now() + timeout;
}

asio::ip::tcp protocol(int fd) {
  return local_address(fd).family() == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
}

/// A socket that is cancelled if it has not connected by its deadline.
class Dialling : public Watched {
 public:
  Dialling(asio::io_context& loop, Timeout timeout) : socket(loop), end_(after(timeout)) {}

  void look(Deadline::Clock::time_point now) override {
    if (now >= end_) {
      timed_out = true;
      socket.cancel();
    }
  }
  void drain() override {}

  AsioSocket socket;
  bool timed_out = false;

 private:
  Deadline::Clock::time_point end_;
};

}  // namespace

AsyncSocket::AsyncSocket(asio::io_context& loop, Watchdog& watchdog, Descriptor connected)
    : socket_(loop) {
  socket_.assign(protocol(connected.get()), connected.get());
  connected.release();
  watchdog.watch(*this);
  if (watchdog.draining()) {
    drain();
  }
}

Task<Result<std::size_t>> AsyncSocket::read_some(std::span<char> buffer, Timeout timeout) {
  end_ = after(timeout);
  for (;;) {
    const auto [error] = co_await socket_.async_wait(AsioSocket::wait_read, as_values);
    if (error || timed_out_) {
      co_return outcome(error);
    }
    const ssize_t count = ::recv(native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count >= 0) {
      end_ = never;
      co_return static_cast<std::size_t>(count);
    }
    if (errno != EAGAIN && errno != EINTR) {
      co_return last_error();
    }
  }
}

Task<Written> AsyncSocket::write_all(std::string_view bytes, Timeout timeout) {
  Written written;
  while (written.bytes < bytes.size()) {
    const auto rest = bytes.substr(written.bytes);
    const ssize_t count =
        ::send(native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      written.bytes += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      end_ = after(timeout);
      const auto [error] = co_await socket_.async_wait(AsioSocket::wait_write, as_values);
      end_ = never;
      if (error || timed_out_) {
        written.error = outcome(error);
        break;
      }
    } else if (errno != EINTR) {
      written.error = last_error();
      break;
    }
  }
  co_return written;
}

void AsyncSocket::look(Deadline::Clock::time_point now) {
  if (now >= end_) {
    timed_out_ = true;
    socket_.cancel();
  }
}

void AsyncSocket::drain() {
  draining_ = true;
  ::shutdown(socket_.native_handle(), SHUT_RD);
}

boost::system::error_code AsyncSocket::outcome(boost::system::error_code error) const {
  return timed_out_ ? asio::error::timed_out : error;
}

Task<Result<AsioSocket>> dial(asio::io_context& loop, Watchdog& watchdog, const Address& address,
                              Timeout timeout, Greeting greet) {
  Dialling dialling(loop, timeout);
  watchdog.watch(dialling);
  asio::ip::tcp::endpoint endpoint;
  endpoint.resize(address.size());
  std::memcpy(endpoint.data(), address.data(), address.size());
  auto [error] = co_await dialling.socket.async_connect(endpoint, as_values);
  if (!error) {
    set_no_delay(dialling.socket.native_handle());
  }
  if (!error && greet) {
    error = co_await greet(dialling.socket);
  }
  if (dialling.timed_out) {
    co_return asio::error::timed_out;
  }
  if (error) {
    co_return error;
  }
  co_return std::move(dialling.socket);
}

Task<void> AsyncSocket::await_delivery(Timeout timeout) {
  asio::basic_waitable_timer<Deadline::Clock, asio::wait_traits<Deadline::Clock>, LoopExecutor> nap(
      socket_.get_executor());
  const Deadline deadline(timeout);
  while (!is_delivered(native_handle()) && !deadline.expired()) {
    nap.expires_after(delivery_poll);
    co_await nap.async_wait(as_values);
  }
}

Task<void> linger(AsyncSocket& socket, Timeout timeout) {
  if (socket.draining()) {
    co_await socket.await_delivery(timeout);
  }
  std::array<char, 4096> unread;
  if (::recv(socket.native_handle(), unread.data(), unread.size(), MSG_DONTWAIT) <= 0) {
    co_return;
  }
  ::shutdown(socket.native_handle(), SHUT_WR);
  const Deadline deadline(timeout);
  while (!deadline.expired()) {
    const auto count = co_await socket.read_some(unread, deadline.left());
    if (!count || *count == 0) {
      co_return;
    }
  }
}

}  // namespace stagecoach::net
