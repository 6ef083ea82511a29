#include "common/operations/notify.hpp"

#include <array>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "common/net/descriptor.hpp"

namespace stagecoach::operations {
namespace {

/// In the abstract namespace, which leaves no file behind. Source: unix(7).
TEST(Notify, TellsTheSupervisorTheState) {
  const net::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socklen_t size = sizeof(sa_family_t);  // the kernel chooses a name
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  size = sizeof(address);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string name(address.sun_path + 1, size - sizeof(sa_family_t) - 1);
  ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);  // NOLINT(concurrency-mt-unsafe)

  notify("READY=1");
  std::array<char, 64> state;
  const auto count = ::recv(socket.get(), state.data(), state.size(), MSG_DONTWAIT);
  ASSERT_GT(count, 0);
  EXPECT_EQ(std::string(state.data(), static_cast<std::size_t>(count)), "READY=1");
}

TEST(Notify, WithoutASupervisorDoesNothing) {
  ::unsetenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe)
  notify("READY=1");
  ::setenv("NOTIFY_SOCKET", std::string(500, 'x').c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  notify("READY=1");
}

}  // namespace
}  // namespace stagecoach::operations
