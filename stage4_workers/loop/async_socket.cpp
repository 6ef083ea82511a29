#include "stage4_workers/loop/async_socket.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "stage4_workers/loop/event.hpp"

namespace stagecoach {
namespace {

constexpr auto never = EventLoop::Time::max();

/// What makes a read that is short no sign that there is no more: an end, or urgent data, at which
/// recv(2) stops.
constexpr std::uint32_t read_on = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

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

AsyncSocket::AsyncSocket(EventLoop& loop, net::Descriptor connected, WhenDraining when_draining)
    : loop_(loop), descriptor_(std::move(connected)), when_draining_(when_draining) {
  loop.ready_set().add(descriptor_.get(), *this);
  loop.watchdog().watch(*this);
  if (loop.watchdog().draining()) {
    drain();
  }
}

AsyncSocket::~AsyncSocket() { loop_.ready_set().forget(*this); }

net::Descriptor AsyncSocket::release() {
  loop_.ready_set().remove(descriptor_.get(), *this);
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
      readable_ = reads_on_ || filled_;
      ended_ = count == 0 && !draining_;
      co_return static_cast<std::size_t>(count);
    }
    if (errno == EAGAIN) {
      readable_ = false;
    } else if (errno != EINTR) {
      co_return net::last_error();
    }
  }
}

void AsyncSocket::write_soon(std::string_view bytes) {
  if (unsent_.empty() && !send_error_) {
    const net::Written sent = send_now(native_handle(), bytes);
    send_error_ = sent.error;
    bytes.remove_prefix(sent.bytes);
  }
  if (!bytes.empty() && !send_error_) {
    unsent_.append(bytes);
    watch_output();
  }
}

Task<net::Written> AsyncSocket::write_all(std::string_view bytes, net::Timeout timeout) {
  net::Written written;
  for (;;) {
    if (unsent_.empty() && !send_error_) {
      const net::Written sent = send_now(native_handle(), bytes.substr(written.bytes));
      send_error_ = sent.error;
      written.bytes += sent.bytes;
    }
    written.error = send_error_;
    if (written.error || (unsent_.empty() && written.bytes == bytes.size())) {
      break;
    }
    watch_output();
    co_await Wait{*this, EPOLLOUT, loop_.after(timeout)};
    if (timed_out_) {
      written.error = make_error_code(boost::system::errc::timed_out);
      break;
    }
  }
  co_return written;
}

void AsyncSocket::watch_output() {
  if ((watched_ & EPOLLOUT) == 0) {
    watched_ |= EPOLLOUT;
    loop_.ready_set().watch(native_handle(), *this, watched_);
  }
}

void AsyncSocket::ready(std::uint32_t events) {
  readable_ |= (events & (EPOLLIN | read_on)) != 0;
  reads_on_ |= (events & read_on) != 0;
  const bool writable = (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  if (writable && !unsent_.empty() && !send_error_) {
    send_error_ = unsent_.send_to(native_handle());
  }
  if (waiting_ && (wanted_ == EPOLLIN ? readable_ : writable)) {
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
  if (when_draining_ == WhenDraining::end_input) {
    draining_ = true;
    ::shutdown(native_handle(), SHUT_RD);
  }
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
  if (socket.ended() ||
      ::recv(socket.native_handle(), unread.data(), unread.size(), MSG_DONTWAIT) <= 0) {
    co_return;
  }
  socket.go_on_when_draining();
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
