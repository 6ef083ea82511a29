#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/gateway/context.hpp"
#include "common/net/listener.hpp"
#include "common/origin/embedded.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/sanitized.hpp"

namespace stagecoach::testing {

/// How many entries a folder in /proc/self has: task has the threads, fd the descriptors.
inline std::ptrdiff_t count_own(const char* what) {
  return std::distance(std::filesystem::directory_iterator(std::string("/proc/self/") + what), {});
}

inline std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A server's whole life: it starts, two clients ask while a third stays idle, and it stops.
template <class MakeServer>
void run_one_cycle(MakeServer make_server, gateway::Context& context) {
  auto server = make_server(context, net::Listener(*net::resolve("127.0.0.1:0")));
  std::thread running([&] { server.run(); });
  const auto port = server.listener().address().port();
  RespClient idle(port);
  EXPECT_EQ(RespClient(port).command({"SET", "key", "value"}).text, "OK");
  EXPECT_EQ(RespClient(port).command({"GET", "key"}).text, "value");
  server.listener().stop();
  running.join();
  EXPECT_EQ(context.counters.connections_open, 0u);
  EXPECT_EQ(context.counters.requests_in_flight, 0u);
}

/// Starts and stops a server again and again. In the end this process must hold none of its
/// threads, descriptors or memory. `make_server` makes one from a gateway::Context and a
/// net::Listener.
template <class MakeServer>
void expect_no_leak_over_cycles(MakeServer make_server) {
  constexpr int cycles = sanitized ? 200 : 1000;
  constexpr int settled = 100;
  constexpr std::size_t slack_bytes = 1 << 20;

  const origin::EmbeddedOrigin origin;
  const auto upstream = *net::resolve("127.0.0.1:" + std::to_string(origin.port()));
  const gateway::Options options{.request_timeout = longest_wait};
  const auto threads = count_own("task");
  const auto descriptors = count_own("fd");
  std::size_t settled_bytes = 0;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    gateway::Context context{.options = options, .upstream = upstream};
    run_one_cycle(make_server, context);
    ASSERT_EQ(context.counters.upstream_open, 0u);
    if (cycle == settled) {
      settled_bytes = resident_bytes();
    }
  }
  // ThreadSanitizer starts a thread of its own.
  EXPECT_TRUE(poll_until([&] { return count_own("task") <= threads + 1; })) << count_own("task");
  EXPECT_EQ(count_own("fd"), descriptors);
  if (!sanitized) {
    EXPECT_LE(resident_bytes(), settled_bytes + slack_bytes);
  }
}

}  // namespace stagecoach::testing
