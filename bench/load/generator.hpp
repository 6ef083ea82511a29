#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "bench/load/options.hpp"
#include "bench/load/percentiles.hpp"

namespace stagecoach::bench {

/// What a run showed. Warm-up counts only where said, and in `errors`; filling in nothing else.
struct Outcome {
  bool server_closes = false;        ///< The server ends each connection after it has replied.
  std::uint64_t requests = 0;        ///< Right replies that came while it was measured.
  std::uint64_t replies_in_all = 0;  ///< Right replies, those of the warm-up included.
  std::map<std::string, std::uint64_t> errors;  ///< By cause: requests, as a rule.
  std::uint64_t clients_answered = 0;           ///< Connections that got a right reply at all.
  std::uint64_t dials = 0;                      ///< Connections made while it was measured.
  std::uint64_t reconnects = 0;  ///< Kept connections that the server closed between replies.
  std::chrono::system_clock::time_point began{};  ///< The end of the warm-up.
  std::chrono::nanoseconds elapsed{};  ///< From the end of the warm-up to the end of the load.
  std::chrono::nanoseconds cpu{};      ///< User and system time of this process.
  /// Of requests that were meant to be sent while it was measured: from then, and from when each
  /// was sent. A closed loop means to send when it does, so that there they are the same.
  std::vector<Latency> latencies;
  std::vector<Latency> service_times;  ///< From when each was sent, in the same order.
};

/// Fills the target's keys and puts the load on it. Returns when the last reply is there.
/// Throws std::runtime_error, with one line that says what and why, if the target cannot be reached
/// or its keys not be filled.
Outcome generate(const Options& options);

}  // namespace stagecoach::bench
