#include "common/testing/child_process.hpp"

#include <csignal>

#include <gtest/gtest.h>

#include "common/testing/poll_until.hpp"

namespace stagecoach::testing {
namespace {

using namespace std::chrono_literals;

TEST(ChildProcess, ExitCodeAndBothOutputs) {
  ChildProcess child({"sh", "-c", "echo first; echo second; echo oops >&2; exit 3"});
  EXPECT_EQ(child.wait_for_line(longest_wait), "first");
  const auto status = child.wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 3);
  EXPECT_EQ(status->signal, std::nullopt);
  EXPECT_EQ(child.output(), "first\nsecond\n");
  EXPECT_EQ(child.errors(), "oops\n");
}

TEST(ChildProcess, SignalEndsIt) {
  ChildProcess child({"sleep", "1000"});
  EXPECT_FALSE(child.wait(0ms));
  child.signal(SIGTERM);
  const auto status = child.wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->signal, SIGTERM);
  EXPECT_EQ(status->code, std::nullopt);
}

TEST(ChildProcess, MoreOutputThanAPipeHoldsDoesNotBlockIt) {
  ChildProcess child({"head", "-c", "1000000", "/dev/zero"});
  ASSERT_TRUE(child.wait(longest_wait));
  EXPECT_EQ(child.output().size(), 1'000'000u);
}

TEST(ChildProcess, NoLineFromAProgramThatEndsWithoutOne) {
  ChildProcess child({"printf", "no newline"});
  EXPECT_EQ(child.wait_for_line(longest_wait), std::nullopt);
}

TEST(ChildProcess, UnknownProgramExitsWith127) {
  ChildProcess child({"/nonexistent/program"});
  const auto status = child.wait(longest_wait);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 127);
}

TEST(ChildProcess, StatusIsReadFromProc) {
  const ChildProcess child({"sleep", "1000"});
  EXPECT_TRUE(poll_until([&] { return child.status("Threads") == 1; })) << "it has been executed";
  EXPECT_GT(child.status("VmSize"), 0u);
  EXPECT_THROW(child.status("Nonsense"), std::runtime_error);
}

TEST(ChildProcessDeathTest, ASanitizersFindingFailsTheTest) {
  for (const auto* finding :
       {"WARNING: ThreadSanitizer: data race", "ERROR: LeakSanitizer: detected memory leaks",
        "server.cpp:1:2: runtime error: signed integer overflow"}) {
    const auto find = [&] {
      ChildProcess child({"sh", "-c", std::string("echo '") + finding + "' >&2"});
      child.wait(longest_wait);
    };
    EXPECT_DEATH(find(), finding);
  }
}

TEST(ChildProcess, DestructorKillsAndReaps) {
  pid_t pid = 0;
  {
    ChildProcess child({"sleep", "1000"});
    pid = child.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace stagecoach::testing
