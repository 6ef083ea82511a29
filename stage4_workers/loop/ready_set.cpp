#include "stage4_workers/loop/ready_set.hpp"

#include <cerrno>

#include <boost/system/system_error.hpp>

namespace stagecoach {
namespace {

int checked(int result, const char* step) {
  if (result < 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), step);
  }
  return result;
}

}  // namespace

ReadySet::ReadySet() : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void ReadySet::add(int fd, Member& member) { control(EPOLL_CTL_ADD, fd, input, &member); }

void ReadySet::watch(int fd, Member& member, std::uint32_t events) {
  control(EPOLL_CTL_MOD, fd, events, &member);
}

void ReadySet::remove(int fd, const Member& member) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  forget(member);
}

void ReadySet::forget(const Member& member) {
  for (epoll_event& event : untold_) {
    if (event.data.ptr == &member) {
      event.data.ptr = nullptr;
    }
  }
}

void ReadySet::tell_ready() {
  const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), 0);
  untold_ = std::span(events_).first(count > 0 ? static_cast<std::size_t>(count) : 0);
  while (!untold_.empty()) {
    const epoll_event event = untold_.front();
    untold_ = untold_.subspan(1);
    if (event.data.ptr != nullptr) {
      static_cast<Member*>(event.data.ptr)->ready(event.events);
    }
  }
}

void ReadySet::control(int operation, int fd, std::uint32_t events, Member* member) {
  epoll_event event{.events = events, .data = {.ptr = member}};
  checked(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

}  // namespace stagecoach
