#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <sys/epoll.h>

#include "common/net/descriptor.hpp"

namespace stagecoach {

/// The sockets of one loop, each registered once for all its life.
///
/// An Asio socket pays for every wait: async_read_some() first tries a read that fails,
/// async_wait() an epoll_ctl(2). Here a socket that has become ready is told so once (EPOLLET) and
/// remembers it, and all that are ready in a turn of the loop come from one epoll_wait(2). With 50
/// clients 3.2 system calls a request became 2.3; with one, whose turns have one socket each, it
/// costs a little more (bench/micro, wait/). For use on the loop's thread alone. Source: epoll(7).
class ReadySet {
 public:
  /// A socket in the set.
  class Member {
   public:
    /// `events` of epoll(7) have come since the last time. The member may be gone afterwards.
    virtual void ready(std::uint32_t events) = 0;

   protected:
    ~Member() = default;
  };

  /// What every member is told: bytes, urgent ones, the peer's end, errors.
  static constexpr std::uint32_t input = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET;

  /// Throws boost::system::system_error.
  ReadySet();

  /// Errors: boost::system::system_error, thrown.
  void add(int fd, Member& member);

  /// Has the member told of all of `events` that hold now, and of those that come.
  void watch(int fd, Member& member, std::uint32_t events);

  /// Takes a socket out that goes on elsewhere.
  void remove(int fd, const Member& member);

  /// Has the member told nothing more. Its socket is to be closed now: that takes it out.
  void forget(const Member& member);

  /// Tells all that are ready, in the order in which they became so.
  void tell_ready();

  /// Is readable when a member is ready.
  int native_handle() const { return epoll_.get(); }

 private:
  void control(int operation, int fd, std::uint32_t events, Member* member);

  net::Descriptor epoll_;
  std::array<epoll_event, 256> events_{};
  std::span<epoll_event> untold_;
};

}  // namespace stagecoach
