#include "common/origin/embedded.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"

namespace stagecoach::origin {
namespace {

using testing::poll_until;
using testing::RespClient;

bool refuses_connections(std::uint16_t port) {
  try {
    testing::connect_to_loopback(port);
  } catch (const std::system_error& error) {
    return error.code() == std::errc::connection_refused;
  }
  return false;
}

pid_t origin_at(std::uint16_t port) {
  RespClient client(port);
  return static_cast<pid_t>(testing::info(client, "server").at("process_id"));
}

/// Empty if there is no such process. Source: proc(5).
std::string status(pid_t pid, const std::string& field) {
  std::ifstream lines("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; lines >> word;) {
    if (word == field + ":" && lines >> word) return word;
  }
  return "";
}

/// The keeper, if the process is an origin.
pid_t parent_of(pid_t pid) { return std::stoi(status(pid, "PPid")); }

/// Even if nobody has reaped it.
bool has_ended(pid_t pid) {
  const auto state = status(pid, "State");
  return state.empty() || state == "Z";
}

/// Ended, and reaped by its parent.
bool is_gone(pid_t pid) { return ::kill(pid, 0) == -1 && errno == ESRCH; }

TEST(EmbeddedOrigin, ServesUntilItIsDestroyed) {
  pid_t pid = 0;
  pid_t keeper = 0;
  std::uint16_t port = 0;
  {
    EmbeddedOrigin origin;
    port = origin.port();
    RespClient client(port);
    EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
    pid = origin_at(port);
    keeper = parent_of(pid);
    EXPECT_EQ(parent_of(keeper), ::getpid());
  }
  EXPECT_TRUE(refuses_connections(port));
  EXPECT_TRUE(is_gone(pid));
  EXPECT_TRUE(is_gone(keeper));
}

TEST(EmbeddedOrigin, IgnoresTheSignalsThatStopItsParent) {
  const EmbeddedOrigin origin;
  RespClient client(origin.port());
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  const pid_t pid = origin_at(origin.port());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    ::kill(pid, signal);
    ::kill(parent_of(pid), signal);
  }
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  EXPECT_EQ(origin_at(origin.port()), pid);
}

TEST(EmbeddedOrigin, IsStartedAgainOnItsPortEmptyHoweverOftenItIsKilled) {
  const EmbeddedOrigin origin;
  const pid_t keeper = parent_of(origin_at(origin.port()));
  for (int kills = 0; kills < 3; ++kills) {
    const pid_t pid = origin_at(origin.port());
    RespClient client(origin.port());
    EXPECT_EQ(client.command({"DBSIZE"}).integer, 0);
    EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
    ::kill(pid, SIGKILL);
    EXPECT_EQ(client.read_until_closed(), "");
    RespClient waiting(origin.port());  // the port stays open
    EXPECT_EQ(waiting.command({"EXISTS", "key"}).integer, 0);
    EXPECT_TRUE(is_gone(pid));
    EXPECT_EQ(parent_of(origin_at(origin.port())), keeper);
  }
}

TEST(EmbeddedOrigin, EndsWhileItWaitsToBeStartedAgain) {
  pid_t keeper = 0;
  {
    const EmbeddedOrigin origin;
    const pid_t pid = origin_at(origin.port());
    keeper = parent_of(pid);
    ::kill(pid, SIGKILL);
    EXPECT_TRUE(poll_until([&] { return is_gone(pid); }));
  }
  EXPECT_TRUE(is_gone(keeper));
}

TEST(EmbeddedOrigin, EndsThoughItIsStopped) {
  pid_t pid = 0;
  pid_t keeper = 0;
  {
    const EmbeddedOrigin origin;
    pid = origin_at(origin.port());
    keeper = parent_of(pid);
    ::kill(pid, SIGSTOP);
    ::kill(keeper, SIGSTOP);
  }
  EXPECT_TRUE(is_gone(pid));
  EXPECT_TRUE(is_gone(keeper));
}

TEST(EmbeddedOrigin, EndsWithItsKeeperWhichIsReaped) {
  const EmbeddedOrigin origin;
  const pid_t pid = origin_at(origin.port());
  const pid_t keeper = parent_of(pid);
  ::kill(keeper, SIGKILL);
  EXPECT_TRUE(poll_until([&] { return is_gone(keeper); }));
  EXPECT_TRUE(poll_until([&] { return refuses_connections(origin.port()); }));
}

TEST(EmbeddedOrigin, DiesWithAParentThatIsKilled) {
  int port_pipe[2];
  ASSERT_EQ(::pipe(port_pipe), 0);
  const pid_t parent = ::fork();
  ASSERT_NE(parent, -1);
  if (parent == 0) {
    EmbeddedOrigin origin;
    const auto port = origin.port();
    if (::write(port_pipe[1], &port, sizeof port) != sizeof port) ::_exit(1);
    for (;;) ::pause();
  }
  std::uint16_t port = 0;
  ASSERT_EQ(::read(port_pipe[0], &port, sizeof port), ssize_t{sizeof port});
  EXPECT_EQ(RespClient(port).command({"PING"}).text, "PONG");
  const pid_t keeper = parent_of(origin_at(port));

  ::kill(parent, SIGSTOP);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(poll_until([&] { return refuses_connections(port); }));
  EXPECT_TRUE(poll_until([&] { return has_ended(keeper); }));
  ::close(port_pipe[0]);
  ::close(port_pipe[1]);
}

}  // namespace
}  // namespace stagecoach::origin
