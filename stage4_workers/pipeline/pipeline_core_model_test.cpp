#include <algorithm>
#include <climits>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/testing/sanitized.hpp"
#include "stage4_workers/pipeline/pipeline_core.hpp"
#include "stage4_workers/pipeline/requests_fixture.hpp"

namespace stagecoach {
namespace {

using namespace std::chrono_literals;

/// A connection without a socket, and the upstream at its other end.
struct FakeConnection final : SharedConnection {
  using SharedConnection::SharedConnection;
  void hang_up() override {}

  std::string received;  // by the upstream, not executed yet
  std::string replies;   // on their way back
  int last = INT_MAX;    // the last request that may come over it
};

/// A client that waits for its submission.
struct Waiting final : Submission {
  Waiting(std::unique_ptr<Requests> of, std::size_t max_output)
      : Submission(of->pointers, max_output), requests(std::move(of)), written(exchanges.size()) {}
  void wake() override { woken = true; }

  /// Writes the next replies as far as they came, as a session gives them out.
  void write() {
    for (; front < exchanges.size() && !exchanges[front]->reply.empty(); ++front) {
      gateway::Exchange& exchange = *exchanges[front];
      written[front] += std::exchange(exchange.reply, {});
      if (exchange.incomplete) {
        exchange.begun = true;
        break;
      }
    }
    taken();
  }

  std::unique_ptr<Requests> requests;
  std::vector<std::string> written;  // of each reply
  std::size_t front = 0;             // the first that is not written completely
  bool woken = false;
};

/// The settings of a run.
struct Setting {
  std::size_t depth;
  std::size_t max_output_bytes;
  std::size_t large_bytes;  // of the replies to some submissions
};

/// Plays all that clients, upstream and network may do, in random order. Each command has its own
/// number, and its reply begins with it.
class RandomSteps {
 public:
  RandomSteps(const PoolOptions& pool, const WorkerOptions& worker, std::size_t large_bytes,
              std::uint32_t seed)
      : large_bytes_(large_bytes),
        max_open_(pool.max_open),
        worker_(worker),
        core_(context_, pool, worker_, seed),
        random_(seed) {
    options_.request_timeout = 400ms;
  }

  void step() {
    now_ += std::chrono::milliseconds(below(8));
    switch (below(12)) {
      case 0:
      case 1:
        return submit();
      case 2:
        return core_.turn(now_);
      case 3:
        return end_a_dial();
      case 4:
      case 5:
        return write();
      case 6:
      case 7:
        return execute();
      case 8:
      case 9:
        return deliver(below(20));
      case 10:
        if (below(100) == 0) move_upstream();
        return below(20) == 0 ? lose() : core_.check_deadlines(now_);
      default:
        return take_parts();
    }
  }

  void check() {
    while (core_.take_dial()) ++dialling_;
    ASSERT_LE(counters_.upstream_open + dialling_, max_open_);
    ASSERT_EQ(counters_.upstream_dials - counters_.upstream_closed, counters_.upstream_open);
    ASSERT_EQ(counters_.pool_acquires, counters_.pool_hits + counters_.pool_misses);
    std::erase_if(waiting_, [this](const auto& submission) {
      return submission->done() && finish(*submission);
    });
  }

  /// Nothing new comes, and time passes: in the end everybody has an answer.
  void finish() {
    for (int i = 0; i < 100'000 && !waiting_.empty(); ++i) {
      now_ += 10ms;
      core_.check_deadlines(now_);
      core_.turn(now_);
      take_parts();
      check();
      if (dialling_ > 0) end_a_dial();
    }
    EXPECT_TRUE(waiting_.empty());
    core_.close(now_);
    while (dialling_ > 0) {
      end_a_dial();
      core_.turn(now_);
    }
    EXPECT_EQ(counters_.requests_in_flight, 0u);
    EXPECT_EQ(counters_.upstream_open, 0u);
    EXPECT_EQ(counters_.pool_open, 0u);
  }

  std::size_t answered() const { return answered_; }
  std::size_t failed() const { return failed_; }
  std::size_t parts() const { return parts_; }
  std::size_t overflowed() const { return overflowed_; }
  std::size_t held_up() const { return held_up_; }
  std::size_t cut_short() const { return cut_short_; }
  const gateway::Counters& counters() const { return counters_; }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  void submit() {
    if (waiting_.size() >= 20) return;
    auto requests = std::make_unique<Requests>();
    const bool large = below(100) == 0;
    for (std::size_t i = 1 + below(6); i > 0; --i) {
      const char* const commands[] = {"GET ", "GET ", "SET k ", "NOSUCH "};
      requests->add(commands[below(large ? 2 : 4)] + std::to_string(++last_));
      if (large) large_.insert(last_);
    }
    waiting_.push_back(std::make_unique<Waiting>(std::move(requests), worker_.max_output_bytes));
    core_.submit(*waiting_.back(), now_);
  }

  void end_a_dial() {
    if (dialling_ == 0) return;
    --dialling_;
    if (below(4) == 0) {
      return core_.dial_failed(now_);
    }
    const auto made = std::make_shared<FakeConnection>(
        context_, worker_.pipeline_depth, context_.upstream.answered(context_.upstream.latest()));
    connections_.push_back(made);
    core_.dialled({made.get(), [made](SharedConnection* closing) { closing->close(); }}, now_);
  }

  /// Requests that come from now on must not go over the connections of now.
  void move_upstream() {
    context_.upstream.move_to({*net::resolve("127.0.0.1:" + std::to_string(++port_))});
    for (const auto& connection : connections_) {
      connection->last = std::min(connection->last, last_);
    }
  }

  /// An open connection, maybe idle in the pool; null if there is none.
  std::shared_ptr<FakeConnection> any_connection() {
    std::erase_if(connections_, [](const auto& connection) { return !connection->open(); });
    return connections_.empty() ? nullptr : connections_[below(connections_.size())];
  }

  void write() {
    const auto connection = any_connection();
    if (!connection || connection->output().empty()) return;
    const std::string_view part = connection->output().substr(0, 1 + below(60));
    connection->received.append(part);
    connection->wrote(part.size());
  }

  /// The upstream executes the first request that it has completely.
  void execute() {
    const auto connection = any_connection();
    if (!connection) return;
    resp::RequestParser parser;
    resp::Request request;
    if (parser.parse(connection->received, request) != resp::ParseStatus::complete) return;
    const int id = std::stoi(std::string(request.args.back()));
    ++executed_[id];
    ASSERT_LE(id, connection->last);
    const bool read_only = request.args.front() == "GET";
    ASSERT_LE(executed_[id], read_only ? 2 : 1) << "request " << id;
    connection->replies += reply_to(id);
    connection->received.erase(0, parser.consumed());
    if (below(100) == 0) connection->replies += "?";
  }

  std::string reply_to(int id) const {
    return "+" + std::to_string(id) + std::string(large_.contains(id) ? large_bytes_ : 0, 'x') +
           "\r\n";
  }

  /// Some of the bytes come, or none: also on idle connections.
  void deliver(std::size_t bytes) {
    const auto connection = any_connection();
    if (!connection) return;
    if (connection->held_up()) {
      ++held_up_;
      return;
    }
    if (below(4) == 0) bytes = below(connection->replies.size() + 1);
    const std::string part = connection->replies.substr(0, bytes);
    connection->replies.erase(0, part.size());
    core_.received(*connection, part, now_);
  }

  void lose() {
    if (const auto connection = any_connection()) core_.closed(*connection, now_);
  }

  /// Clients take what there is for them; some then go away.
  void take_parts() {
    for (const auto& submission : waiting_) {
      if (!submission->worth_a_write()) continue;
      for (int writes = 0; submission->worth_a_write(); ++writes) {
        ASSERT_EQ(writes, 0) << "nothing comes meanwhile";
        submission->write();
      }
      ++parts_;
      if (below(10) == 0) submission->abandoned = true;
    }
  }

  /// Each request has its own reply or an error, and each waiter was woken.
  bool finish(Waiting& submission) {
    EXPECT_TRUE(submission.woken || submission.exchanges.empty());
    for (std::size_t i = 0; i < submission.exchanges.size(); ++i) {
      const gateway::Exchange& exchange = *submission.exchanges[i];
      const int id = std::stoi(std::string(exchange.request.args.back()));
      const std::string whole = submission.written[i] + exchange.reply;
      if (exchange.reply.starts_with("-ERR ") || whole.starts_with("-ERR ")) {
        ++failed_;
        EXPECT_TRUE(submission.broke_off || !exchange.begun);
      } else if (!submission.overflowed && !submission.abandoned && !submission.broke_off) {
        ++answered_;
        EXPECT_TRUE(whole == reply_to(id)) << id;
        EXPECT_GE(executed_[id], 1);
      }
    }
    overflowed_ += submission.overflowed ? 1 : 0;
    cut_short_ += submission.exchanges.size() < submission.requests->pointers.size() ? 1 : 0;
    return true;
  }

  gateway::Options options_;
  gateway::Context context_{.options = options_, .upstream = {}};
  gateway::Counters& counters_ = context_.counters;
  const std::size_t large_bytes_;
  std::set<int> large_;  // commands with a large reply
  const std::size_t max_open_;
  const WorkerOptions worker_;
  PipelineCore core_;
  std::mt19937 random_;
  Submission::Time now_{1h};
  std::vector<std::shared_ptr<FakeConnection>> connections_;
  std::vector<std::unique_ptr<Waiting>> waiting_;
  std::size_t dialling_ = 0;
  int last_ = 0;
  int port_ = 0;
  std::map<int, int> executed_;  // how often, by number
  std::size_t answered_ = 0;
  std::size_t failed_ = 0;
  std::size_t parts_ = 0;
  std::size_t overflowed_ = 0;
  std::size_t held_up_ = 0;
  std::size_t cut_short_ = 0;
};

class PipelineCoreModel : public ::testing::TestWithParam<Setting> {};

TEST_P(PipelineCoreModel, NoReplyGoesAstrayAndNoWriteIsExecutedTwice) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  PoolOptions pool;
  pool.max_open = 5;
  pool.max_idle = 3;
  pool.min_idle = 1;
  pool.max_lifetime = 2s;
  pool.wait_timeout = 200ms;
  WorkerOptions worker;
  worker.pipeline_depth = GetParam().depth;
  worker.max_output_bytes = GetParam().max_output_bytes;
  worker.max_in_flight = 40;
  RandomSteps steps(pool, worker, GetParam().large_bytes, seed);
  const auto& counters = steps.counters();
  const bool bounded = GetParam().max_output_bytes < GetParam().large_bytes;
  const std::size_t enough = testing::sanitized ? 4'000 : 20'000;
  const auto is_to_go_on = [&] {  // What is rare may take more steps to be seen.
    const bool all_seen = counters.errors_upstream_protocol > 0 && steps.parts() > 0 &&
                          (GetParam().depth != 4 || steps.cut_short() > 0) &&
                          (!bounded || (steps.overflowed() > 0 && steps.held_up() > 0));
    return steps.answered() < enough || (!all_seen && steps.answered() < 10 * enough);
  };
  while (is_to_go_on() && !HasFailure()) {
    steps.step();
    steps.check();
  }
  steps.finish();
  EXPECT_GT(steps.failed(), 100u);
  EXPECT_GT(steps.parts(), 0u);
  EXPECT_EQ(steps.overflowed() > 0, bounded);
  EXPECT_EQ(steps.held_up() > 0, bounded);
  if (GetParam().depth == 4) {
    EXPECT_GT(steps.cut_short(), 0u);
  }
  EXPECT_GT(counters.pool_evicted, 10u);
  EXPECT_GT(counters.retries, 10u);
  EXPECT_GT(counters.errors_upstream_timeout, 10u);
  EXPECT_GT(counters.errors_upstream_closed, 10u);
  EXPECT_GT(counters.errors_upstream_protocol, 0u);
}

constexpr std::size_t mebibyte = std::size_t{1} << 20;
INSTANTIATE_TEST_SUITE_P(Depths, PipelineCoreModel,
                         ::testing::Values(Setting{1, 256 * mebibyte, mebibyte / 2},
                                           Setting{4, 256 * mebibyte, mebibyte / 2},
                                           Setting{4, mebibyte / 4, mebibyte / 2},
                                           Setting{128, 256 * mebibyte, mebibyte / 2}));

}  // namespace
}  // namespace stagecoach
