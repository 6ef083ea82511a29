#include "stage4_workers/loop/dial.hpp"

#include <array>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "common/net/listener.hpp"

namespace stagecoach {
namespace {

using namespace std::chrono_literals;

const auto any_port = *net::resolve("127.0.0.1:0");

/// What dial() says.
net::Result<net::Descriptor> dial_now(const net::Address& address, net::Timeout timeout,
                                      const Greeting& greet = {}) {
  EventLoop loop(1ms);
  net::Result<net::Descriptor> result = boost::system::error_code();
  loop.spawn([](EventLoop& t, const net::Address& a, net::Timeout limit, const Greeting& g,
                net::Result<net::Descriptor>& out) -> Task<void> {
    out = co_await dial(t, a, limit, g);
    t.finish();
  }(loop, address, timeout, greet, result));
  loop.run();
  return result;
}

TEST(Dial, Connects) {
  const net::Listener listener(any_port);
  EXPECT_TRUE(dial_now(listener.address(), 10s));
}

TEST(Dial, IsRefusedAndTimesOut) {
  // Bound, so that nobody else gets the port; not listening, so that it refuses.
  const net::Descriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(silent.get(), any_port.data(), any_port.size()), 0);
  const auto address = net::local_address(silent.get());
  EXPECT_EQ(dial_now(address, 10s).error(), boost::system::errc::connection_refused);

  // Linux keeps one connection for a backlog of 0, and drops the packets of the next.
  ::listen(silent.get(), 0);
  const auto queued = dial_now(address, 10s);
  EXPECT_TRUE(queued);
  EXPECT_EQ(dial_now(address, 1ms).error(), boost::system::errc::timed_out);
}

TEST(Dial, GreetsWithinTheSameTimeout) {
  const net::Listener listener(any_port);
  EXPECT_TRUE(dial_now(listener.address(), 10s,
                       [](AsyncSocket& socket, EventLoop::Time) -> Task<boost::system::error_code> {
                         co_return (co_await socket.write_all("hello", 10s)).error;
                       }));
  const auto silent =
      dial_now(listener.address(), 1ms,
               [](AsyncSocket& socket, EventLoop::Time end) -> Task<boost::system::error_code> {
                 char byte = 0;
                 co_return (co_await socket.read_some_until({&byte, 1}, end)).error();
               });
  EXPECT_EQ(silent.error(), boost::system::errc::timed_out);
}

TEST(Dial, GreetsWhileTheLoopDrains) {
  net::Listener listener(any_port);
  std::thread upstream([&] {
    net::Socket accepted(*listener.accept());
    accepted.write_all("welcome", 10s);
  });
  EventLoop loop(1ms);
  loop.watchdog().drain();
  std::size_t read = 0;
  loop.spawn([](EventLoop& t, const net::Address& address, std::size_t& out) -> Task<void> {
    co_await dial(
        t, address, 10s,
        [&out](AsyncSocket& socket, EventLoop::Time end) -> Task<boost::system::error_code> {
          std::array<char, 16> buffer;
          const auto count = co_await socket.read_some_until(buffer, end);
          out = count ? *count : 0;
          co_return boost::system::error_code();
        });
    t.finish();
  }(loop, listener.address(), read));
  loop.run();
  upstream.join();
  EXPECT_GT(read, 0u);
}

}  // namespace
}  // namespace stagecoach
