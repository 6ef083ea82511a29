#pragma once

#include <deque>
#include <initializer_list>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "common/gateway/exchange.hpp"
#include "common/resp/encode.hpp"
#include "common/resp/request_parser.hpp"

namespace stagecoach {

/// Commands as a session has them: "GET a", "SET a 1", …
struct Requests {
  Requests(std::initializer_list<std::string> commands = {}) {
    for (const std::string& command : commands) {
      add(command);
    }
  }

  void add(const std::string& command) {
    std::istringstream words(command);
    const std::vector<std::string> args(std::istream_iterator<std::string>(words), {});
    const std::vector<std::string_view> views(args.begin(), args.end());
    resp::append_request(wires.emplace_back(), views);
    auto& exchange = exchanges.emplace_back();
    resp::RequestParser().parse(wires.back(), exchange.request);
    exchange.verdict = gateway::judge(exchange.request.args);
    pointers.push_back(&exchange);
  }

  const std::string& reply(std::size_t index = 0) const { return exchanges[index].reply; }

  std::deque<std::string> wires;
  std::deque<gateway::Exchange> exchanges;
  std::vector<gateway::Exchange*> pointers;
};

}  // namespace stagecoach
