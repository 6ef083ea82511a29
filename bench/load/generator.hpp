#pragma once

#include "bench/load/options.hpp"
#include "bench/load/tally.hpp"

namespace stagecoach::bench {

/// The results of a run.
struct Outcome {
  bool server_closes;  ///< The server closes each connection after its reply.
  Tally tally;         ///< Of the run and its warm-up, without filling the keys.
};

/// Fills the target's keys, and puts the load on it. Returns after the last reply.
/// Throws std::runtime_error, with one line that says what and why, if it cannot reach the target
/// or fill its keys.
Outcome generate(const Options& options);

}  // namespace stagecoach::bench
