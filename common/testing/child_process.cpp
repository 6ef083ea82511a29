#include "common/testing/child_process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "common/testing/poll_until.hpp"

namespace stagecoach::testing {

namespace {

Descriptor memory_file(const char* name) {
  return Descriptor(checked(::memfd_create(name, MFD_CLOEXEC), "memfd_create"));
}

/// Leaves the file's offset alone: the child writes there next.
std::string contents(const Descriptor& file) {
  std::string text;
  char piece[4096];
  ssize_t count = 0;
  while ((count = ::pread(file.get(), piece, sizeof piece, static_cast<off_t>(text.size()))) > 0) {
    text.append(piece, static_cast<std::size_t>(count));
  }
  return text;
}

/// A finding must not pass for success if a test ends the program before it exits by itself.
void abort_on_sanitizer_finding(const std::string& errors) {
  for (const auto* mark : {"Sanitizer: ", "runtime error: "}) {
    if (errors.find(mark) != std::string::npos) {
      std::fputs(errors.c_str(), stderr);
      std::abort();
    }
  }
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& args)
    : output_(memory_file("stdout")), errors_(memory_file("stderr")) {
  std::vector<char*> argv(args.size() + 1);  // the last one stays null
  std::ranges::transform(args, argv.begin(),
                         [](const std::string& arg) { return const_cast<char*>(arg.c_str()); });

  const pid_t parent = ::getpid();
  pid_ = checked(::fork(), "fork");
  if (pid_ != 0) return;

  // Other threads may have held locks at the fork: from here on only what signal-safety(7) allows.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  for (const int number : {SIGHUP, SIGINT, SIGPIPE}) ::signal(number, SIG_DFL);
  ::dup2(output_.get(), STDOUT_FILENO);
  ::dup2(errors_.get(), STDERR_FILENO);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

ChildProcess::~ChildProcess() {
  signal(SIGKILL);
  if (!status_) ::waitpid(pid_, nullptr, 0);
  abort_on_sanitizer_finding(errors());
}

std::string ChildProcess::output() const { return contents(output_); }

std::string ChildProcess::errors() const { return contents(errors_); }

std::optional<std::string> ChildProcess::wait_for_line(std::chrono::milliseconds bound) {
  std::string text;
  const auto has_line = [&] {
    const bool ended = wait(std::chrono::milliseconds(0)).has_value();
    text = output();
    return ended || text.find('\n') != std::string::npos;
  };
  poll_until(has_line, bound);
  const auto end = text.find('\n');
  if (end == std::string::npos) return std::nullopt;
  return text.substr(0, end);
}

void ChildProcess::signal(int number) {
  if (!status_) ::kill(pid_, number);
}

std::optional<ExitStatus> ChildProcess::wait(std::chrono::milliseconds bound) {
  const auto has_ended = [&] {
    if (status_) return true;
    int status = 0;
    rusage usage{};
    if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) return false;
    status_.emplace(ExitStatus{{}, {}, usage});
    if (WIFEXITED(status)) status_->code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) status_->signal = WTERMSIG(status);
    return true;
  };
  poll_until(has_ended, bound);
  return status_;
}

std::chrono::nanoseconds ChildProcess::cpu_time() const {
  clockid_t clock{};
  timespec time{};
  if (const int error = ::clock_getcpuclockid(pid_, &clock)) {
    throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
  }
  checked(::clock_gettime(clock, &time), "clock_gettime");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::uint64_t ChildProcess::status(const std::string& field) const {
  std::ifstream lines("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(field + ":")) return std::stoull(line.substr(field.size() + 1));
  }
  throw std::runtime_error("no " + field + " in /proc/PID/status");
}

}  // namespace stagecoach::testing
