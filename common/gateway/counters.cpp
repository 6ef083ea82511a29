#include "common/gateway/counters.hpp"

#include <iterator>

namespace stagecoach::gateway {
namespace {

constexpr bool gauge = true;

constexpr Line all[] = {
    {"connections_accepted", &Counters::connections_accepted},
    {"connections_served", &Counters::connections_served},
    {"connections_refused", &Counters::connections_refused},
    {"connections_open", &Counters::connections_open, gauge},
    {"accept_pauses", &Counters::accept_pauses},
    {"threads_started", &Counters::threads_started},
    {"requests", &Counters::requests},
    {"replies", &Counters::replies},
    {"requests_in_flight", &Counters::requests_in_flight, gauge},
    {"requests_answered", &Counters::requests_answered},
    {"requests_refused", &Counters::requests_refused},
    {"retries", &Counters::retries},
    {"errors_protocol", &Counters::errors_protocol},
    {"errors_upstream_unreachable", &Counters::errors_upstream_unreachable},
    {"errors_upstream_closed", &Counters::errors_upstream_closed},
    {"errors_upstream_timeout", &Counters::errors_upstream_timeout},
    {"errors_upstream_protocol", &Counters::errors_upstream_protocol},
    {"errors_pool_timeout", &Counters::errors_pool_timeout},
    {"errors_busy", &Counters::errors_busy},
    {"errors_input_limit", &Counters::errors_input_limit},
    {"errors_output_limit", &Counters::errors_output_limit},
    {"timeouts_idle", &Counters::timeouts_idle},
    {"timeouts_read", &Counters::timeouts_read},
    {"timeouts_write", &Counters::timeouts_write},
    {"upstream_dials", &Counters::upstream_dials},
    {"upstream_dial_errors", &Counters::upstream_dial_errors},
    {"upstream_closed", &Counters::upstream_closed},
    {"upstream_open", &Counters::upstream_open, gauge},
    {"upstream_writes", &Counters::upstream_writes},
    {"pool_acquires", &Counters::pool_acquires},
    {"pool_hits", &Counters::pool_hits},
    {"pool_misses", &Counters::pool_misses},
    {"pool_waits", &Counters::pool_waits},
    {"pool_timeouts", &Counters::pool_timeouts},
    {"pool_stale", &Counters::pool_stale},
    {"pool_evicted", &Counters::pool_evicted},
    {"pool_open", &Counters::pool_open, gauge},
    {"pool_idle", &Counters::pool_idle, gauge},
    {"channel_depth", &Counters::channel_depth, gauge},
    {"channel_shed", &Counters::channel_shed},
    {"workers", &Counters::workers, gauge},
};

static_assert(std::size(all) == sizeof(Counters) / sizeof(Counter),
              "INFO gateway must show every counter");

}  // namespace

std::span<const Line> lines() { return all; }

std::string info(const Counters& counters, std::string_view stage) {
  std::string text = "# Gateway\r\nstage:";
  text.append(stage).append("\r\n");
  for (const Line& line : lines()) {
    text.append(line.name).append(":").append(std::to_string(counters.*line.counter));
    text.append("\r\n");
  }
  return text;
}

}  // namespace stagecoach::gateway
