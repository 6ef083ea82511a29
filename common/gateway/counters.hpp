#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace stagecoach::gateway {

using Counter = std::atomic<std::uint64_t>;  ///< A total or a gauge.

/// What a gateway counts. Totals only rise; gauges rise and fall.
///
/// These hold at rest, and under load to within a request:
///   connections_accepted = connections_served + connections_refused + connections_open
///   pool_acquires = pool_hits + pool_misses
///   upstream_dials - upstream_closed = upstream_open
///
/// Thread-safe: relaxed atomics. The numbers of one snapshot may be a few events apart.
struct Counters {
  Counter connections_accepted = 0;  ///< All, refused ones too.
  Counter connections_served = 0;    ///< Closed, after a thread or a worker had them.
  Counter connections_refused = 0;   ///< Closed with an error instead.
  Counter connections_open = 0;      ///< Gauge.
  Counter accept_pauses = 0;         ///< No descriptor was free; clients wait meanwhile.
  Counter threads_started = 0;       ///< They serve connections; the acceptor does not count.

  Counter requests = 0;            ///< Complete and well-formed ones, whoever answers.
  Counter replies = 0;             ///< Given out to be written, errors too.
  Counter requests_in_flight = 0;  ///< Gauge: sent or on their way upstream, not yet answered.
  Counter requests_answered = 0;   ///< By the gateway itself: PING, INFO gateway, …
  Counter requests_refused = 0;    ///< Commands that a shared upstream connection cannot carry.
  Counter retries = 0;             ///< Requests sent again, on a second connection.

  Counter errors_protocol = 0;              ///< Malformed requests.
  Counter errors_upstream_unreachable = 0;  ///< No connection could be made.
  Counter errors_upstream_closed = 0;       ///< It closed before the reply was complete.
  Counter errors_upstream_timeout = 0;      ///< No complete reply by --request-timeout.
  Counter errors_upstream_protocol = 0;     ///< A malformed reply.
  Counter errors_pool_timeout = 0;          ///< No pooled connection by --pool-wait-timeout.
  Counter errors_busy = 0;                  ///< Refused by --max-in-flight.
  Counter errors_input_limit = 0;           ///< Connections closed by too large a request.
  Counter errors_output_limit = 0;          ///< Connections closed by --max-output-bytes.
  Counter timeouts_idle = 0;                ///< Connections closed by --idle-timeout.
  Counter timeouts_read = 0;                ///< Connections closed by --read-timeout.
  Counter timeouts_write = 0;               ///< Connections closed by --write-timeout.

  Counter upstream_dials = 0;        ///< Connections made.
  Counter upstream_dial_errors = 0;  ///< Also if the upstream refused the password.
  Counter upstream_closed = 0;       ///< By either side.
  Counter upstream_open = 0;         ///< Gauge.
  Counter upstream_writes = 0;       ///< Calls like write(2) on upstream connections.

  Counter pool_acquires = 0;  ///< Requests for a lease; in stage 4 one lease carries many requests.
  Counter pool_hits = 0;      ///< Acquires answered with an idle connection.
  Counter pool_misses = 0;    ///< Acquires that had to dial, wait or fail.
  Counter pool_waits = 0;     ///< Of the misses, those that had to queue.
  Counter pool_timeouts = 0;  ///< Waits that --pool-wait-timeout ended.
  Counter pool_stale = 0;     ///< Idle connections that the probe found dead.
  Counter pool_evicted = 0;   ///< Closed by idle timeout or lifetime, or after the upstream moved.
  Counter pool_open = 0;      ///< Gauge.
  Counter pool_idle = 0;      ///< Gauge.

  Counter channel_depth = 0;  ///< Gauge: accepted connections that no worker has taken yet.
  Counter channel_shed = 0;   ///< Connections refused because the channel was full.
  Counter workers = 0;        ///< Gauge.
};

/// The counters in the format of Redis's INFO: a heading, then a line `name:value` for each.
/// `stage` is the executable's name. Thread-safe.
std::string info(const Counters& counters, std::string_view stage);

/// How a counter is shown.
struct Line {
  std::string_view name;       ///< Its name in INFO.
  Counter Counters::*counter;  ///< The member.
  bool is_gauge = false;       ///< Whether it may fall.
};
std::span<const Line> lines();  ///< All of them, in this order.

/// Relaxed: it does not order other memory.
inline void add(Counter& counter, std::uint64_t amount = 1) {
  counter.fetch_add(amount, std::memory_order_relaxed);
}
/// Adds `amount`, or as much of it as `limit` leaves room for, and returns how much. Even if
/// several threads add at once, the counter never exceeds the limit.
inline std::uint64_t add_up_to(Counter& counter, std::uint64_t amount, std::uint64_t limit) {
  std::uint64_t value = counter.load(std::memory_order_relaxed);
  while (value < limit) {
    const std::uint64_t added = std::min(amount, limit - value);
    if (counter.compare_exchange_weak(value, value + added, std::memory_order_relaxed)) {
      return added;
    }
  }
  return 0;
}
/// Only for gauges: totals never fall.
inline void subtract(Counter& counter, std::uint64_t amount = 1) {
  counter.fetch_sub(amount, std::memory_order_relaxed);
}

}  // namespace stagecoach::gateway
