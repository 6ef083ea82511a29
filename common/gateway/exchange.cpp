#include "common/gateway/exchange.hpp"

#include <array>

#include "common/resp/encode.hpp"
#include "common/resp/reply_scanner.hpp"

namespace stagecoach::gateway {
namespace {

constexpr std::size_t chunk_bytes = 16 * 1024;

struct Cause {
  std::string_view text;
  Counter Counters::*counter;
};

const Cause& cause(Failure failure) {
  static constexpr std::array<Cause, 6> causes = {{
      {"ERR upstream cannot be reached", &Counters::errors_upstream_unreachable},
      {"ERR upstream closed the connection before its reply was complete",
       &Counters::errors_upstream_closed},
      {"ERR upstream did not reply within --request-timeout", &Counters::errors_upstream_timeout},
      {"ERR upstream sent a malformed reply", &Counters::errors_upstream_protocol},
      {"ERR upstream connections are all in use: none came free within --pool-wait-timeout",
       &Counters::errors_pool_timeout},
      {"ERR gateway is busy", &Counters::errors_busy},
  }};
  return causes[static_cast<std::size_t>(failure)];
}

Failure failure_of(boost::system::error_code error) {
  return error == boost::system::errc::timed_out ? Failure::upstream_timeout
                                                 : Failure::upstream_closed;
}

/// Counts a request as in flight while it exists.
class InFlight {
 public:
  explicit InFlight(Counters& counters) : counters_(counters) { add(counters_.requests_in_flight); }
  ~InFlight() { subtract(counters_.requests_in_flight); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  Counters& counters_;
};

}  // namespace

void fail(Exchange& exchange, Failure failure, Counters& counters) {
  add(counters.*cause(failure).counter);
  exchange.reply.clear();
  exchange.incomplete = false;
  resp::append_error(exchange.reply, cause(failure).text);
}

Attempt attempt(Upstream& upstream, Exchange& exchange, Context& context) {
  const InFlight in_flight(context.counters);
  const net::Deadline deadline(context.options.request_timeout);
  Attempt attempt;
  exchange.reply.clear();

  // [send]
  for (auto rest = exchange.request.wire(); !rest.empty();) {
    add(context.counters.upstream_writes);
    const auto count = upstream.socket.write_some(rest, deadline.left());
    attempt.written |= count.has_value();
    if (!count || deadline.expired()) {
      attempt.failure = count ? Failure::upstream_timeout : failure_of(count.error());
      return attempt;
    }
    rest.remove_prefix(*count);
  }
  // [send]

  // [receive]
  resp::ReplyScanner scanner;
  std::size_t missing = exchange.replies;
  std::array<char, chunk_bytes> chunk;
  for (;;) {
    const auto count = upstream.socket.read_some(chunk, deadline.left());
    if (!count || *count == 0) {
      attempt.failure = count ? Failure::upstream_closed : failure_of(count.error());
      return attempt;
    }
    attempt.reply_begun = true;
    for (std::string_view bytes(chunk.data(), *count); !bytes.empty();) {
      const auto [status, used] = scanner.scan(bytes);
      if (status == resp::ScanStatus::malformed) {
        attempt.failure = Failure::upstream_protocol;
        return attempt;
      }
      if (missing == 1) {
        exchange.reply.append(bytes.substr(0, used));
      } else {
        context.upstream.heed(upstream.peer, bytes.substr(0, used));
      }
      bytes.remove_prefix(used);
      if (status == resp::ScanStatus::complete && --missing == 0) {
        attempt.reusable =
            bytes.empty() && exchange.verdict.shareable && ends_transaction(exchange);
        context.upstream.heed(upstream.peer, exchange.reply);
        return attempt;
      }
    }
    if (deadline.expired()) {
      attempt.failure = Failure::upstream_timeout;
      return attempt;
    }
  }
  // [receive]
}

bool ends_transaction(const Exchange& exchange) {
  const std::string_view reply = exchange.reply;
  return exchange.replies == 1 || reply.empty() || reply.starts_with('*') ||
         reply.starts_with("-EXECABORT") || reply.starts_with("-ERR EXEC without MULTI");
}

// [may_retry]
bool may_retry(const Attempt& attempt, const Exchange& exchange) {
  const bool closed = attempt.failure == Failure::upstream_closed && !attempt.reply_begun;
  return closed && (!attempt.written || exchange.verdict.read_only);
}
// [may_retry]

}  // namespace stagecoach::gateway
