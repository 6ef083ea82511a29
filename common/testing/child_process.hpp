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
  std::optional<int> code;    ///< What it returned, unless
  std::optional<int> signal;  ///< this signal ended it.
  rusage usage;               ///< Of all its threads, and of the children it waited for.
};

/// A program that runs until it ends by itself, or with this object.
///
/// Its output is kept in memory, so it never blocks on writing. It ignores no signal, whatever the
/// tests were started under. The kernel kills it when the thread that started it ends
/// (PR_SET_PDEATHSIG): an aborted test leaves nothing behind.
/// Not thread-safe.
class ChildProcess {
 public:
  /// Starts args[0], found as execvp(3) does. Throws std::system_error. A program that cannot be
  /// executed is seen as exit code 127.
  explicit ChildProcess(const std::vector<std::string>& args);

  /// SIGKILL, unless it has ended. Aborts the test where a sanitizer has found something in it.
  ~ChildProcess();

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }  ///< Free for others once it was waited for.

  /// What it has written to standard output up to now.
  std::string output() const;
  std::string errors() const;  ///< The same of standard error.

  /// The first line of its standard output, without the newline. Nothing if it ends without one,
  /// or takes longer than `bound`.
  std::optional<std::string> wait_for_line(std::chrono::milliseconds bound);

  /// Does nothing once it was waited for.
  void signal(int number);

  /// Nothing if it still runs after `bound`. May be repeated.
  std::optional<ExitStatus> wait(std::chrono::milliseconds bound);

  /// User and system time of all its threads until now, without its children. Throws
  /// std::system_error once it was waited for.
  std::chrono::nanoseconds cpu_time() const;

  /// The number that /proc/PID/status has for `field`: Threads, VmRSS in kB, … Throws
  /// std::runtime_error where there is none. Source: proc(5).
  std::uint64_t status(const std::string& field) const;

 private:
  Descriptor output_;
  Descriptor errors_;
  pid_t pid_ = -1;
  std::optional<ExitStatus> status_;
};

}  // namespace stagecoach::testing
