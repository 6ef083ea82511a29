#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/gateway/context.hpp"
#include "common/gateway/exchange.hpp"
#include "common/gateway/upstream.hpp"

/// Programs that show how a server fails, and how it does not: `./run trap`.
namespace stagecoach::traps {

/// Prints what a trap does, a line each, and notes whether all of it was as described.
class Report {
 public:
  void wrong(std::string_view way);
  void cured(std::string_view way);
  void saw(const std::string& what, bool as_described);

  bool all_as_described() const { return all_as_described_; }

 private:
  bool all_as_described_ = true;
};

/// The whole of a trap's main(): prints `title`, which begins with the trap's name, then runs
/// `show`. The exit code: 0 if all was as described, 1 if it was not or an exception came,
/// 77 if the system does not permit something that `show` needs.
int run(std::string_view title, const std::function<void(Report&)>& show);

/// What the parts of a gateway share, in front of an upstream at a port of 127.0.0.1.
struct Gateway {
  explicit Gateway(std::uint16_t upstream_port);

  gateway::Options options;
  gateway::Context context{.options = options, .upstream = {}};
};

/// "GET greeting", ready to be sent upstream.
gateway::Exchange request(const std::string& command);

/// A reply of one line, without what frames it.
std::string text(const gateway::Exchange& exchange);

/// What the client of a gateway gets: the reply to `command`, or the error that says why not.
std::string ask(gateway::Upstream& upstream, const std::string& command, gateway::Context& context);

}  // namespace stagecoach::traps
