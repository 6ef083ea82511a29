#include "docs/traps/trap.hpp"

#include <cstdio>
#include <exception>
#include <system_error>

namespace stagecoach::traps {
namespace {

void print(std::string_view head, std::string_view text) {
  std::printf("%.*s%.*s\n", static_cast<int>(head.size()), head.data(),
              static_cast<int>(text.size()), text.data());
}

bool is_refusal(const std::error_code& error) {
  return error == std::errc::operation_not_permitted || error == std::errc::permission_denied;
}

}  // namespace

void Report::wrong(std::string_view way) { print("wrong: ", way); }

void Report::cured(std::string_view way) { print("cured: ", way); }

void Report::saw(const std::string& what, bool as_described) {
  print(as_described ? "  " : "  NOT AS DESCRIBED: ", what);
  all_as_described_ &= as_described;
}

int run(std::string_view title, const std::function<void(Report&)>& show) {
  constexpr int skipped = 77;
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  print("", title);
  Report report;
  try {
    show(report);
  } catch (const std::system_error& error) {
    print(is_refusal(error.code()) ? "skipped: not permitted here: " : "failed: ", error.what());
    return is_refusal(error.code()) ? skipped : 1;
  } catch (const std::exception& error) {
    print("failed: ", error.what());
    return 1;
  }
  return report.all_as_described() ? 0 : 1;
}

Gateway::Gateway(std::uint16_t upstream_port) {
  context.upstream.move_to({*net::resolve("127.0.0.1:" + std::to_string(upstream_port))});
}

gateway::Exchange request(const std::string& command) {
  gateway::Exchange exchange;
  resp::RequestParser().parse(command + "\r\n", exchange.request);
  exchange.verdict = gateway::judge(exchange.request.args);
  return exchange;
}

std::string text(const gateway::Exchange& exchange) {
  constexpr std::size_t frame = sizeof("+\r\n") - 1;
  return exchange.reply.substr(1, exchange.reply.size() - frame);
}

std::string ask(gateway::Upstream& upstream, const std::string& command,
                gateway::Context& context) {
  auto exchange = request(command);
  if (const auto attempt = gateway::attempt(upstream, exchange, context); attempt.failure) {
    gateway::fail(exchange, *attempt.failure, context.counters);
  }
  return text(exchange);
}

}  // namespace stagecoach::traps
