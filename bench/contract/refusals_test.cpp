#include "bench/contract/stage.hpp"

namespace stagecoach::testing {
namespace {

/// Commands that change the state of a shared connection, or block it, in front of a real Redis.
class Refusals : public StageTest {
 protected:
  const ReservedPort port_;
  const std::unique_ptr<ChildProcess> redis_ = redis_at(port_.port());
  ServerProcess gateway_ = stage().start({"--upstream", at(port_.port())});
};

TEST_P(Refusals, KeepTheConnection) {
  ReusingClient client(stage(), gateway_);
  for (const auto& args : std::initializer_list<std::initializer_list<std::string_view>>{
           {"EXEC"},
           {"WATCH", "k"},
           {"SUBSCRIBE", "c"},
           {"PSUBSCRIBE", "c"},
           {"UNSUBSCRIBE"},
           {"MONITOR"},
           {"RESET"},
           {"REPLCONF", "ACK", "0"},
           {"PSYNC", "?", "-1"},
           {"SYNC"},
           {"BLPOP", "k", "0"},
           {"BRPOP", "k", "0"},
           {"BLMOVE", "a", "b", "LEFT", "LEFT", "0"},
           {"BLMPOP", "0", "1", "k", "LEFT"},
           {"BZPOPMIN", "k", "0"},
           {"BZMPOP", "0", "1", "k", "MIN"},
           {"XREAD", "BLOCK", "0", "STREAMS", "s", "$"},
           {"WAIT", "1", "0"},
           {"SELECT", "1"},
           {"CLIENT", "TRACKING", "ON"},
           {"CLIENT", "KILL", "x"},
           {"CLIENT", "PAUSE", "1"},
           {"AUTH", "x"},
           {"SHUTDOWN"},
           {"DEBUG", "SLEEP", "10"},
           {"REPLICAOF", "h", "1"}}) {
    const auto reply = client.command(args);
    EXPECT_EQ(reply.type, Reply::Type::error) << *args.begin();
    EXPECT_EQ(client.command({"PING"}).text, "PONG") << *args.begin();
  }
  EXPECT_EQ(counters(gateway_)["upstream_writes"], 0u) << "none of them went upstream";
}

/// A client that leaves while it waits takes nothing with it.
TEST_P(Refusals, ABlockingPopLosesNoElement) {
  for (auto pop : {"BLPOP", "BRPOP"}) {
    RespClient leaving(gateway_.port());
    leaving.send({pop, "list", "0"});
    leaving.shutdown_write();
  }
  ReusingClient client(stage(), gateway_);
  EXPECT_EQ(client.command({"RPUSH", "list", "element"}).integer, 1);
  EXPECT_EQ(client.command({"LRANGE", "list", "0", "-1"}).elements.size(), 1u);
  EXPECT_EQ(client.command({"LPOP", "list"}).text, "element");
}

INSTANTIATE_TEST_SUITE_P(Contract, Refusals, ::testing::ValuesIn(all_stages()), stage_name);

}  // namespace
}  // namespace stagecoach::testing
