#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "common/testing/child_process.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/sanitized.hpp"
#include "common/testing/scripted_upstream.hpp"
#include "common/testing/server_process.hpp"

/// Shared by the contract's tests: the four stages as parameters, and the peers around them.
namespace stagecoach::testing {

using namespace std::chrono_literals;

using Options = std::vector<std::string>;
using Counters = std::map<std::string, std::uint64_t>;

/// One of the four executables, with the options that make it a variant.
struct Stage {
  std::string name;  ///< For the names of tests.
  int number;
  Options options = {};

  /// Whether a client's connection outlives its first reply.
  bool keeps_clients() const { return number >= 3; }

  std::string executable() const;

  /// Starts it on a free port. Stage 4 has two workers unless `more` says otherwise.
  ServerProcess start(const Options& more = {}) const;
};

inline std::ostream& operator<<(std::ostream& out, const Stage& stage) { return out << stage.name; }

std::vector<Stage> all_stages();
std::vector<Stage> stages_with_a_pool();  ///< 2 to 4; at stage 4 requests share no connection.
std::vector<Stage> stages_that_keep_clients();  ///< 3 and 4.

/// For TEST_P.
class StageTest : public ::testing::TestWithParam<Stage> {
 protected:
  const Stage& stage() const { return GetParam(); }
};

/// The last argument of INSTANTIATE_TEST_SUITE_P.
std::string stage_name(const ::testing::TestParamInfo<Stage>& info);

/// 127.0.0.1:PORT, for options.
std::string at(std::uint16_t port);

/// `INFO gateway`, over a connection of its own, which counts, too.
Counters counters(const ServerProcess& gateway);

/// Waits until all clients have left and nothing is in flight, and checks what gateway/counters.hpp
/// promises then.
void expect_conservation_laws(const ServerProcess& gateway);

/// A client that keeps its connection as long as the stage lets it: at stages 1 and 2 for one
/// reply. Throws std::runtime_error if the stage closes earlier, or does not close.
class ReusingClient {
 public:
  ReusingClient(const Stage& stage, const ServerProcess& gateway)
      : ReusingClient(stage.keeps_clients(), gateway.port()) {}
  ReusingClient(bool kept, std::uint16_t port) : keep_(kept), port_(port) {}

  Reply command(std::initializer_list<std::string_view> args);
  void close() { connection_.reset(); }

 private:
  bool keep_;
  std::uint16_t port_;
  std::optional<RespClient> connection_;
};

/// A port of 127.0.0.1 that refuses connections until a server is told to listen there. Nobody else
/// gets it meanwhile.
class ReservedPort {
 public:
  ReservedPort();
  std::uint16_t port() const { return local_port(socket_); }

 private:
  Descriptor socket_;
};

/// The origin, or Redis, which listens on a given port already. If it does not in time, throws
/// std::runtime_error with its standard error.
std::unique_ptr<ChildProcess> origin_at(std::uint16_t port);
std::unique_ptr<ChildProcess> redis_at(std::uint16_t port, const Options& more = {});

/// The origin on a free port.
ServerProcess start_origin(const Options& options = {});

/// Whether nobody listens there.
bool refuses_connections(std::uint16_t port);

/// Whether the client has neither bytes to read nor an end.
bool silent(const RespClient& client);

}  // namespace stagecoach::testing
