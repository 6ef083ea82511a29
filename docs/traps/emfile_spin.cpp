#include <atomic>
#include <cerrno>
#include <optional>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "common/net/listener.hpp"
#include "common/net/socket.hpp"
#include "common/testing/loopback.hpp"
#include "common/testing/poll_until.hpp"
#include "docs/traps/trap.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title = "emfile_spin: no descriptor is left to accept with, and the loop spins";

// [wrong]
/// The connection stays in the queue, so a level-triggered wait returns at once, again and again.
int accept_in_a_loop(int epoll, int listening, int rounds) {
  int accepted = 0;
  for (int round = 0; round < rounds; ++round) {
    epoll_event event{};
    ::epoll_wait(epoll, &event, 1, -1);
    const net::Descriptor client(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    accepted += client ? 1 : 0;
  }
  return accepted;
}
// [wrong]

// [cured]
/// net::Listener pauses after each accept that finds no free descriptor.
std::optional<net::Descriptor> accept_with_pauses(net::Listener& listener,
                                                  std::atomic<std::uint64_t>& pauses) {
  listener.count_pauses(pauses);
  return listener.accept();
}
// [cured]

/// No more descriptors for this process, until the end of the scope.
class NoneLeft {
 public:
  NoneLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const net::Descriptor lowest_free(::dup(STDOUT_FILENO));
    const rlimit lowered{static_cast<rlim_t>(lowest_free.get()), before_.rlim_max};
    testing::checked(::setrlimit(RLIMIT_NOFILE, &lowered), "setrlimit");
  }
  ~NoneLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoneLeft(const NoneLeft&) = delete;
  NoneLeft& operator=(const NoneLeft&) = delete;

 private:
  rlimit before_{};
};

/// How often this thread gave up its processor by itself. Source: getrusage(2).
long times_slept() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

void show_spin(Report& report) {
  net::Listener listener(*net::resolve("127.0.0.1:0"));
  const net::Descriptor epoll(testing::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
  epoll_event readable{.events = EPOLLIN, .data = {}};
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener.native_handle(), &readable);
  const auto client = testing::connect_to_loopback(listener.address().port());
  const NoneLeft none_left;
  constexpr int rounds = 1000;
  const int accepted = accept_in_a_loop(epoll.get(), listener.native_handle(), rounds);
  report.saw("1 client, 1000 rounds -> accepted " + std::to_string(accepted) + ", failed " +
                 std::to_string(rounds - accepted),
             accepted == 0);
}

void show_pauses(Report& report) {
  net::Listener listener(*net::resolve("127.0.0.1:0"));
  const auto client = testing::connect_to_loopback(listener.address().port());
  std::atomic<std::uint64_t> pauses = 0;
  std::optional<NoneLeft> none_left;
  std::jthread releaser([&] {
    testing::poll_until([&] { return pauses >= 3; });
    none_left.reset();
  });
  const auto slept_before = times_slept();
  none_left.emplace();
  const auto accepted = accept_with_pauses(listener, pauses);
  const bool slept = times_slept() - slept_before >= static_cast<long>(pauses);
  releaser.join();
  report.saw("1 client, 3 or more failed accepts -> the thread slept after each", slept);
  report.saw("a descriptor comes free -> the client is " +
                 std::string(accepted ? "accepted" : "not accepted"),
             accepted.has_value());
}

void show(Report& report) {
  report.wrong("epoll_wait, accept4, and again");
  show_spin(report);
  report.cured("net::Listener::accept() pauses");
  show_pauses(report);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
