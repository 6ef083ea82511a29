#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

#include "common/testing/loopback.hpp"

namespace stagecoach::testing {

/// How a child ended.
struct ExitStatus {
  std::optional<int> code;    ///< Its exit code, unless
  std::optional<int> signal;  ///< this signal ended it.
  rusage usage;               ///< Of all its threads, and of children that it waited for.
};

/// A program that runs until it ends, or until this object does.
///
/// Its output is kept in memory, so it never blocks on writing. It ignores no signal, however the
/// tests were started. The kernel kills it when the thread that started it ends (PR_SET_PDEATHSIG),
/// so an aborted test leaves nothing behind.
/// Not thread-safe.
class ChildProcess {
 public:
  /// Starts args[0], which it finds as execvp(3) does. Throws std::system_error. If the program
  /// cannot be executed, the exit code is 127.
  explicit ChildProcess(const std::vector<std::string>& args);

  /// SIGKILL, unless it has ended. Aborts the test if a sanitizer found something in the program.
  ~ChildProcess();

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }  ///< Free for others once waited for.

  /// Its standard output so far.
  std::string output() const;
  std::string errors() const;  ///< Its standard error so far.

  /// The first line of its standard output, without the newline. Nothing if it ends without one, or
  /// takes longer than `bound`.
  std::optional<std::string> wait_for_line(std::chrono::milliseconds bound);

  /// Does nothing after wait().
  void signal(int number);

  /// Nothing if it still runs after `bound`. Can be repeated.
  std::optional<ExitStatus> wait(std::chrono::milliseconds bound);

  /// User and system time of all its threads so far, without its children. After wait() it throws
  /// std::system_error.
  std::chrono::nanoseconds cpu_time() const;

  /// The number of `field` in /proc/PID/status: Threads, VmRSS in kB, … Throws std::runtime_error
  /// if there is none. Source: proc(5).
  std::uint64_t status(const std::string& field) const;

 private:
  Descriptor output_;
  Descriptor errors_;
  pid_t pid_ = -1;
  std::optional<ExitStatus> status_;
};

}  // namespace stagecoach::testing
