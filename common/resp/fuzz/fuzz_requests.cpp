#include <cstddef>
#include <cstdint>

#include "common/resp/encode.hpp"
#include "common/resp/fuzz/check.hpp"
#include "common/resp/request_feeder.hpp"

namespace stagecoach::resp::fuzz {
namespace {

/// Small, so that libFuzzer reaches them.
constexpr RequestLimits limits{.line_bytes = 64, .bulk_bytes = 256, .multibulk_count = 100};

RequestOutcome outcome_of(std::string_view stream) {
  RequestFeeder feeder(true, limits);
  feeder.feed(stream);
  return feeder.outcome();
}

void test(std::string_view stream) {
  const RequestOutcome whole = outcome_of(stream);
  for (const bool drops_empty_requests : {true, false}) {
    RequestFeeder feeder(drops_empty_requests, limits);
    in_pieces(stream, [&](std::string_view piece) { feeder.feed(piece); });
    check(feeder.outcome() == whole, "pieces come to the same as the whole");
  }

  std::string encoded;
  for (const auto& request : whole.requests) {
    append_request(encoded, std::vector<std::string_view>(request.begin(), request.end()));
  }
  check(whole.wires == encoded, "what goes upstream is what was understood, byte for byte");

  const RequestOutcome again = outcome_of(whole.wires);
  check(
      again.requests == whole.requests && again.end == ParseStatus::incomplete && !again.in_request,
      "what goes upstream is understood in the same way there");
}

}  // namespace
}  // namespace stagecoach::resp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stagecoach::resp::fuzz::test({reinterpret_cast<const char*>(data), size});
  return 0;
}
