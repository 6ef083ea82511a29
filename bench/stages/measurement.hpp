#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/stages/settings.hpp"

namespace stagecoach::bench {

/// A gateway to measure.
struct Row {
  std::string name;
  std::string executable;
  std::vector<std::string> options;
};

/// The ladder, from its foot.
const std::vector<Row>& rows();

struct Measurement {
  double seconds;
  std::map<std::string, double> counters;  ///< By the names that the results carry.
};

/// Starts the gateway, puts the load on it and stops it. `upstream` (HOST:PORT) holds the keys.
///
/// Latencies and requests/s are what the clients see. What is counted per request covers the
/// warm-up, too, and is divided by the requests that the gateway itself counted.
/// Throws std::runtime_error if a reply was not right, or a process not well.
Measurement measure(const Row& row, const std::string& upstream, const Settings& settings);

/// Gives the keys of the load their values. Throws like measure().
void fill(const std::string& upstream);

}  // namespace stagecoach::bench
