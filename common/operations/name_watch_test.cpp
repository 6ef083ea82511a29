#include "common/operations/name_watch.hpp"

#include <atomic>

#include <gtest/gtest.h>

#include "common/testing/poll_until.hpp"

namespace stagecoach::operations {
namespace {

using testing::poll_until;

net::Endpoint at(const std::string& text) { return *net::resolve(text); }

TEST(NameWatchTest, DialsGoWhereTheLastLookUpLed) {
  std::atomic<bool> answers = false;
  gateway::UpstreamAddress upstream(at("127.0.0.1:1"));
  NameWatch watch(upstream, "redis:6379", [&](const std::string& name) {
    EXPECT_EQ(name, "redis:6379");
    poll_until([&] { return answers.load(); });
    return net::resolve_all("127.0.0.2:2");
  });
  EXPECT_EQ(upstream.for_dial().front(), at("127.0.0.1:1")) << "no dial waits for a look-up";
  answers = true;
  EXPECT_TRUE(poll_until([&] { return upstream.latest() == at("127.0.0.2:2"); }));
  EXPECT_EQ(upstream.for_dial().front(), at("127.0.0.2:2"));
}

TEST(NameWatchTest, ALookUpThatFailsChangesNothing) {
  std::atomic<int> look_ups = 0;
  gateway::UpstreamAddress upstream(at("127.0.0.1:1"));
  NameWatch watch(upstream, "redis:6379",
                  [&](const std::string&) -> net::Result<gateway::UpstreamAddress::Addresses> {
                    ++look_ups;
                    return make_error_code(boost::system::errc::timed_out);
                  });
  EXPECT_TRUE(poll_until([&] {
    upstream.for_dial();
    return look_ups >= 2;
  }));
  EXPECT_EQ(upstream.for_dial().front(), at("127.0.0.1:1"));
}

TEST(NameWatchTest, ManyDialsShareALookUp) {
  std::atomic<int> look_ups = 0;
  {
    gateway::UpstreamAddress upstream(at("127.0.0.1:1"));
    NameWatch watch(upstream, "redis:6379", [&](const std::string&) {
      ++look_ups;
      return net::resolve_all("127.0.0.1:1");
    });
    for (int i = 0; i < 1000; ++i) upstream.for_dial();
    EXPECT_TRUE(poll_until([&] { return look_ups >= 1; }));
    for (int i = 0; i < 1000; ++i) upstream.for_dial();
  }
  EXPECT_LT(look_ups, 100);
}

TEST(NameWatchTest, ALookUpThatHangsIsNotWaitedForLongerThanToldTo) {
  std::atomic<bool> hangs = true;
  std::atomic<bool> begun = false;
  gateway::UpstreamAddress upstream(at("127.0.0.1:1"));
  NameWatch watch(upstream, "redis:6379", [&](const std::string&) {
    begun = true;
    poll_until([&] { return !hangs; });
    return net::resolve_all("127.0.0.1:1");
  });
  upstream.for_dial();
  EXPECT_TRUE(poll_until([&] { return begun.load(); }));
  EXPECT_FALSE(watch.stop(std::chrono::milliseconds(1)));
  hangs = false;
  EXPECT_TRUE(watch.stop(testing::longest_wait));
}

TEST(NameWatchTest, IsLookedUpAlsoWhereNobodyDials) {
  gateway::UpstreamAddress upstream(at("127.0.0.1:1"));
  NameWatch watch(upstream, "redis:6379",
                  [](const std::string&) { return net::resolve_all("127.0.0.2:2"); });
  EXPECT_TRUE(poll_until([&] { return upstream.latest() == at("127.0.0.2:2"); }));
}

}  // namespace
}  // namespace stagecoach::operations
