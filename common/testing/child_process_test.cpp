#include "common/testing/child_process.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace stagecoach::testing {
namespace {

using namespace std::chrono_literals;

TEST(ChildProcess, ExitCodeAndBothOutputs) {
  ChildProcess child({"sh", "-c", "echo first; echo second; echo oops >&2; exit 3"});
  EXPECT_EQ(child.wait_for_line(10s), "first");
  const auto status = child.wait(10s);
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
  const auto status = child.wait(10s);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->signal, SIGTERM);
  EXPECT_EQ(status->code, std::nullopt);
}

TEST(ChildProcess, MoreOutputThanAPipeHoldsDoesNotBlockIt) {
  ChildProcess child({"head", "-c", "1000000", "/dev/zero"});
  ASSERT_TRUE(child.wait(10s));
  EXPECT_EQ(child.output().size(), 1'000'000u);
}

TEST(ChildProcess, NoLineFromAProgramThatEndsWithoutOne) {
  ChildProcess child({"printf", "no newline"});
  EXPECT_EQ(child.wait_for_line(10s), std::nullopt);
}

TEST(ChildProcess, UnknownProgramExitsWith127) {
  ChildProcess child({"/nonexistent/program"});
  const auto status = child.wait(10s);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 127);
}

TEST(ChildProcess, StatusIsReadFromProc) {
  const ChildProcess child({"sleep", "1000"});
  EXPECT_EQ(child.status("Threads"), 1u);
  EXPECT_GT(child.status("VmSize"), 0u);
  EXPECT_THROW(child.status("Nonsense"), std::runtime_error);
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
