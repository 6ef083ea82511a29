#include "common/origin/embedded.hpp"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"

namespace stagecoach::origin {
namespace {

bool refuses_connections(std::uint16_t port) {
  try {
    testing::connect_to_loopback(port);
  } catch (const std::system_error& error) {
    return error.code() == std::errc::connection_refused;
  }
  return false;
}

TEST(EmbeddedOrigin, ServesUntilItIsDestroyed) {
  pid_t pid = 0;
  std::uint16_t port = 0;
  {
    EmbeddedOrigin origin;
    pid = origin.pid();
    port = origin.port();
    testing::RespClient client(port);
    EXPECT_EQ(client.command({"SET", "key", "value"}).text, "OK");
  }
  EXPECT_TRUE(refuses_connections(port));
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(EmbeddedOrigin, IgnoresTheSignalsThatStopItsParent) {
  EmbeddedOrigin origin;
  testing::RespClient client(origin.port());
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
  ::kill(origin.pid(), SIGINT);
  ::kill(origin.pid(), SIGTERM);
  EXPECT_EQ(client.command({"PING"}).text, "PONG");
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
  EXPECT_EQ(testing::RespClient(port).command({"PING"}).text, "PONG");

  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(testing::poll_until([&] { return refuses_connections(port); }));
  ::close(port_pipe[0]);
  ::close(port_pipe[1]);
}

}  // namespace
}  // namespace stagecoach::origin
