#include "common/origin/embedded.hpp"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace stagecoach::origin {

namespace {

[[noreturn]] void run_child(pid_t parent, int listening_fd, ServeOptions options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // It died before the kernel was asked to tell.
  ::prctl(PR_SET_NAME, "origin");
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  serve(listening_fd, options);
}

}  // namespace

EmbeddedOrigin::EmbeddedOrigin(ServeOptions options) {
  const int listening_fd = listen_on("127.0.0.1", 0);
  port_ = local_port(listening_fd);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) run_child(parent, listening_fd, options);
  const int error = errno;
  ::close(listening_fd);
  if (pid_ == -1) throw std::system_error(error, std::generic_category(), "fork");
}

EmbeddedOrigin::~EmbeddedOrigin() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace stagecoach::origin
