#pragma once

#include <coroutine>
#include <cstddef>
#include <span>
#include <string_view>

#include "common/net/socket.hpp"
#include "stage4_workers/loop/event_loop.hpp"
#include "stage4_workers/loop/send_buffer.hpp"

namespace stagecoach {

/// What a socket does when the watchdog drains.
enum class WhenDraining {
  end_input,  ///< The peer seems to have closed: what was received before can still be read.
  go_on,      ///< For upstreams: what is under way needs them.
};

/// A connected socket for use in coroutines: Socket's calls by the same names, to be awaited.
///
/// A timeout is noticed by the watchdog's next look, and ends the connection's use. For one
/// coroutine at a time, on the loop's thread; only write_soon() may be called while that waits.
class AsyncSocket final : private Watched, private ReadySet::Member {
 public:
  /// Errors: boost::system::system_error, thrown.
  AsyncSocket(EventLoop& loop, net::Descriptor connected,
              WhenDraining when_draining = WhenDraining::end_input);
  ~AsyncSocket() override;

  /// Waits for some bytes. 0 bytes: the peer will send no more. `buffer` may be shared with others:
  /// it is filled only when the caller goes on.
  Task<net::Result<std::size_t>> read_some(std::span<char> buffer, net::Timeout timeout);

  /// The same until a point in time, by the loop's clock: timed_out also where bytes came later.
  Task<net::Result<std::size_t>> read_some_until(std::span<char> buffer, EventLoop::Time end);

  /// Sends what the kernel takes now, and the rest by itself as soon as that takes more: unsent()
  /// bytes are still to go. Whether it came to an error, write_all() says.
  void write_soon(std::string_view bytes);
  std::size_t unsent() const { return unsent_.size(); }  ///< Of write_soon(), in memory.

  /// Writes everything, or fails when the peer has taken nothing for as long as `timeout`.
  Task<net::Written> write_all(std::string_view bytes, net::Timeout timeout);

  /// As await_delivery() for blocking sockets.
  Task<void> await_delivery(net::Timeout timeout);

  /// Its input is not ended by the watchdog from now on. That would reset a connection whose output
  /// has ended, at the next byte that comes, with what is not delivered yet (Linux, tcp_input.c).
  void go_on_when_draining() { when_draining_ = WhenDraining::go_on; }

  EventLoop& loop() const { return loop_; }    ///< Outlives it.
  bool draining() const { return draining_; }  ///< Its input was ended by the watchdog.
  bool ended() const { return ended_; }        ///< A read found that the peer sends no more.
  int native_handle() const { return descriptor_.get(); }  ///< Still the socket's to close.
  net::Descriptor release();                               ///< Open, and out of the loop's set.

 private:
  /// Suspends until there is input, or room for output, or the time is up.
  struct Wait;

  void ready(std::uint32_t events) override;
  void look(EventLoop::Time now) override;
  void drain() override;
  void resume();
  void watch_output();

  EventLoop& loop_;
  net::Descriptor descriptor_;
  EventLoop::Time end_ = EventLoop::Time::max();
  SendBuffer unsent_;
  boost::system::error_code send_error_;
  std::coroutine_handle<> waiting_;
  std::uint32_t wanted_ = 0;  // by who waits: EPOLLIN or EPOLLOUT
  std::uint32_t watched_ = ReadySet::input;
  bool readable_ = false;  // as far as is known
  bool reads_on_ = false;  // until there is no more
  bool filled_ = false;    // the last read took all that it had room for
  bool ended_ = false;
  bool timed_out_ = false;
  bool draining_ = false;
  WhenDraining when_draining_;
};

/// As linger() for blocking sockets; where the watchdog drains, behind await_delivery().
Task<void> linger(AsyncSocket& socket, net::Timeout timeout);

}  // namespace stagecoach
