// What framing costs: parsing a request, and finding the end of a reply.

#include <string>

#include <benchmark/benchmark.h>

#include "common/resp/encode.hpp"
#include "common/resp/reply_scanner.hpp"
#include "common/resp/request_parser.hpp"

namespace stagecoach {
namespace {

void parse_request(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
  const std::string input = resp::request({"SET", "key:000000000042", value});
  resp::RequestParser parser;
  resp::Request request;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.parse(input, request));
    benchmark::DoNotOptimize(request.args.data());
  }
}
BENCHMARK(parse_request)->Name("parser/request")->Arg(64)->Arg(1024)->Arg(64 * 1024);

void scan_reply(benchmark::State& state) {
  std::string reply;
  resp::append_bulk(reply, std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  resp::ReplyScanner scanner;
  for (auto _ : state) {
    benchmark::DoNotOptimize(scanner.scan(reply));
  }
}
BENCHMARK(scan_reply)->Name("parser/reply")->Arg(64)->Arg(1024)->Arg(64 * 1024);

}  // namespace
}  // namespace stagecoach
