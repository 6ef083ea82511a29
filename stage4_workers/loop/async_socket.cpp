#include "stage4_workers/loop/async_socket.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>

#include <boost/asio/steady_timer.hpp>

#include "stage4_workers/loop/event.hpp"

namespace stagecoach {
namespace {

constexpr auto never = EventLoop::Time::max();
constexpr std::uint32_t hang_up = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

struct AsyncSocket::Wait {
  AsyncSocket& socket;
  std::uint32_t wanted;
  EventLoop::Time end;

  bool await_ready() const { return socket.timed_out_; }
  void await_suspend(std::coroutine_handle<> waiting) {
    socket.waiting_ = waiting;
    socket.wanted_ = wanted;
    socket.end_ = end;
  }
  void await_resume() const { socket.end_ = never; }
};

AsyncSocket::AsyncSocket(EventLoop& loop, net::Descriptor connected)
    : loop_(loop), descriptor_(std::move(connected)) {
  loop.ready_set().add(descriptor_.get(), *this);
  loop.watchdog().watch(*this);
  if (loop.watchdog().draining()) {
    drain();
  }
}

AsyncSocket::~AsyncSocket() { release(); }

net::Descriptor AsyncSocket::release() {
  if (descriptor_) {
    loop_.ready_set().remove(descriptor_.get(), *this);
  }
  return std::move(descriptor_);
}

Task<net::Result<std::size_t>> AsyncSocket::read_some(std::span<char> buffer,
                                                      net::Timeout timeout) {
  return read_some_until(buffer, loop_.after(timeout));
}

Task<net::Result<std::size_t>> AsyncSocket::read_some_until(std::span<char> buffer,
                                                            EventLoop::Time end) {
  if (std::exchange(filled_, false)) {  // others shall have their turn
    readable_ = false;
    loop_.ready_set().watch(native_handle(), *this, watched_);
  }
  for (;;) {
    if (!readable_) {
      co_await Wait{*this, EPOLLIN, end};
    }
    if (timed_out_ || (end != never && loop_.now() >= end)) {
      co_return make_error_code(boost::system::errc::timed_out);
    }
    const ssize_t count = ::recv(native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count >= 0) {
      // Fewer than there is room for: there was no more, and the set will tell of what comes.
      filled_ = static_cast<std::size_t>(count) == buffer.size();
      readable_ = hung_up_ || filled_;
      co_return static_cast<std::size_t>(count);
    }
    if (errno == EAGAIN) {
      readable_ = false;
    } else if (errno != EINTR) {
      co_return net::last_error();
    }
  }
}

Task<net::Written> AsyncSocket::write_all(std::string_view bytes, net::Timeout timeout) {
  net::Written written;
  while (written.bytes < bytes.size()) {
    const auto rest = bytes.substr(written.bytes);
    const ssize_t count =
        ::send(native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      written.bytes += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if ((watched_ & EPOLLOUT) == 0) {
        watched_ |= EPOLLOUT;
        loop_.ready_set().watch(native_handle(), *this, watched_);
      }
      co_await Wait{*this, EPOLLOUT, loop_.after(timeout)};
      if (timed_out_) {
        written.error = make_error_code(boost::system::errc::timed_out);
        break;
      }
    } else if (errno != EINTR) {
      written.error = net::last_error();
      break;
    }
  }
  co_return written;
}

void AsyncSocket::ready(std::uint32_t events) {
  readable_ |= (events & (EPOLLIN | hang_up)) != 0;
  hung_up_ |= (events & hang_up) != 0;
  const bool wanted =
      wanted_ == EPOLLIN ? readable_ : (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  if (waiting_ && wanted) {
    resume();
  }
}

void AsyncSocket::look(EventLoop::Time now) {
  if (waiting_ && now >= end_) {
    timed_out_ = true;
    resume();
  }
}

void AsyncSocket::drain() {
  draining_ = true;
  ::shutdown(native_handle(), SHUT_RD);
}

void AsyncSocket::resume() { std::exchange(waiting_, nullptr).resume(); }

Task<void> AsyncSocket::await_delivery(net::Timeout timeout) {
  boost::asio::steady_timer nap(loop_.context());
  const auto end = loop_.after(timeout);
  while (!net::is_delivered(native_handle()) && loop_.now() < end) {
    Event over;
    nap.expires_after(net::delivery_poll);
    nap.async_wait([&over](boost::system::error_code) { over.set(); });
    co_await over.wait();
  }
}

Task<void> linger(AsyncSocket& socket, net::Timeout timeout) {
  if (socket.draining()) {
    co_await socket.await_delivery(timeout);
  }
  std::array<char, 4096> unread;
  if (::recv(socket.native_handle(), unread.data(), unread.size(), MSG_DONTWAIT) <= 0) {
    co_return;
  }
  ::shutdown(socket.native_handle(), SHUT_WR);
  const auto end = socket.loop().after(timeout);
  for (;;) {
    const auto count = co_await socket.read_some_until(unread, end);
    if (!count || *count == 0) {
      co_return;
    }
  }
}

}  // namespace stagecoach
