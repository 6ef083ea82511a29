#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/load/percentiles.hpp"

namespace stagecoach::bench {

/// The cause under which errors counts connections that stay open where the server should close.
inline constexpr auto not_closed = "not closed after the reply";

/// What the connections of a run count: errors always, all else only while `measuring`, which is
/// off during warm-up and while the last replies come in.
struct Tally {
  bool measuring = false;
  std::vector<Latency> latencies;  ///< Of right replies.
  std::uint64_t dials = 0;         ///< Connections made.
  std::uint64_t reconnects = 0;    ///< Kept connections that the server closed between replies.
  std::map<std::string, std::uint64_t> errors;  ///< By cause.

  void right_reply(Latency latency) {
    if (measuring) latencies.push_back(latency);
  }
  void dialled() { dials += measuring; }
  void reconnected() { reconnects += measuring; }
};

}  // namespace stagecoach::bench
