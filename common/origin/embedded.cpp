#include "common/origin/embedded.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <initializer_list>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "common/net/listener.hpp"

namespace stagecoach::origin {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds shortest_pause{100};
constexpr milliseconds longest_pause{5'000};
constexpr milliseconds healthy_life{10'000};

/// Tells the keeper to end. Neither a terminal nor systemd sends this signal to a whole group.
constexpr int end_signal = SIGUSR1;

std::atomic<pid_t> keeper = -1;  // -1: none, or reaped

sigset_t signals(std::initializer_list<int> numbers) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : numbers) ::sigaddset(&set, number);
  return set;
}

/// fork(2); the kernel kills the child when its parent dies.
pid_t fork_bound(const char* name) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);  // it died before the kernel could know
    ::prctl(PR_SET_NAME, name);
  }
  return child;
}

/// Waits until the origin ends, and says how. If told to end, ends the origin and this process.
std::string await_end(pid_t origin) {
  const sigset_t news = signals({SIGCHLD, end_signal});
  int status = 0;
  while (::waitpid(origin, &status, WNOHANG) == 0) {
    if (::sigwaitinfo(&news, nullptr) == end_signal) {
      ::kill(origin, SIGKILL);
      ::waitpid(origin, nullptr, 0);
      ::_exit(0);
    }
  }
  return WIFSIGNALED(status) ? "was killed by signal " + std::to_string(WTERMSIG(status))
                             : "ended with status " + std::to_string(WEXITSTATUS(status));
}

void pause_for(milliseconds time) {
  const sigset_t end = signals({end_signal});
  const timespec wait{.tv_sec = time.count() / 1000, .tv_nsec = time.count() % 1000 * 1'000'000};
  if (::sigtimedwait(&end, nullptr, &wait) == end_signal) ::_exit(0);
}

/// The keeper: forks an origin whenever there is none. The end_signal and SIGCHLD are blocked.
[[noreturn]] void keep_serving(int listening_fd, ServeOptions options, const sigset_t& unblocked) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // if ignored, children would be reaped unseen
  for (milliseconds pause = shortest_pause;; pause = std::min(2 * pause, longest_pause)) {
    const auto started = Clock::now();
    const pid_t origin = fork_bound("origin");
    if (origin == 0) {
      ::pthread_sigmask(SIG_SETMASK, &unblocked, nullptr);
      serve(listening_fd, options);
    }
    const std::string end = origin > 0
                                ? await_end(origin)
                                : "was not forked: " + std::generic_category().message(errno);
    if (Clock::now() - started > healthy_life) pause = shortest_pause;
    spdlog::warn("the embedded origin {}: it is started again, empty, in {} ms", end,
                 pause.count());
    pause_for(pause);
  }
}

/// The keeper was killed, and the kernel kills its origin. See signal-safety(7).
extern "C" void reap_keeper(int /*signal*/) {
  constexpr std::string_view text =
      "origin: its keeper was killed: it is gone, and is not started again\n";
  const int error = errno;
  const pid_t pid = keeper;
  if (pid > 0 && ::waitpid(pid, nullptr, WNOHANG) == pid) {
    keeper = -1;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  }
  errno = error;
}

}  // namespace

EmbeddedOrigin::EmbeddedOrigin(ServeOptions options) {
  net::Listener listener({boost::asio::ip::address_v4::loopback(), 0});
  port_ = listener.address().port();
  const sigset_t news = signals({SIGCHLD, end_signal});
  sigset_t unblocked;
  ::pthread_sigmask(SIG_BLOCK, &news, &unblocked);
  keeper = fork_bound("keeper");
  if (keeper == 0) keep_serving(listener.native_handle(), options, unblocked);
  const int error = errno;
  if (keeper > 0) std::signal(SIGCHLD, reap_keeper);
  ::pthread_sigmask(SIG_SETMASK, &unblocked, nullptr);
  if (keeper == -1) throw std::system_error(error, std::generic_category(), "fork");
}

EmbeddedOrigin::~EmbeddedOrigin() {
  std::signal(SIGCHLD, SIG_DFL);
  if (keeper > 0) {
    ::kill(keeper, end_signal);
    ::kill(keeper, SIGCONT);  // in case it is stopped
    ::waitpid(keeper, nullptr, 0);
  }
}

}  // namespace stagecoach::origin
