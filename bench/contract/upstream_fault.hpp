#pragma once

#include "bench/contract/stage.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::testing {

using Request = std::vector<std::string>;

/// A stage in front of an upstream that does as the test says.
class UpstreamFaultTest : public StageTest {
 protected:
  ServerProcess start(const ScriptedUpstream& upstream, const Options& more = {}) const {
    Options options{"--upstream", at(upstream.port())};
    options.insert(options.end(), more.begin(), more.end());
    return stage().start(options);
  }
};

/// The well-behaved part of the scripts: answers each request with its second word.
inline void answer(ScriptedConnection& connection, const Request& request) {
  std::string reply;
  resp::append_bulk(reply, request.at(1));
  connection.write(reply);
}

}  // namespace stagecoach::testing
