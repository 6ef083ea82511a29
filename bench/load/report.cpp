#include "bench/load/report.hpp"

#include <chrono>
#include <numeric>
#include <ostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "bench/load/latencies.hpp"

namespace stagecoach::bench {
namespace {

using Json = nlohmann::ordered_json;

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// As exact as JSON's numbers allow.
double unix_seconds(std::chrono::system_clock::time_point time) {
  return seconds(std::chrono::round<std::chrono::microseconds>(time.time_since_epoch()));
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

double requests_per_second(const Tally& tally) {
  return ratio(static_cast<double>(tally.requests), seconds(tally.elapsed));
}

double cpu_us_per_request(const Tally& tally) {
  return ratio(microseconds(tally.cpu), static_cast<double>(tally.requests));
}

std::uint64_t error_count(const Tally& tally) {
  return std::accumulate(tally.errors.begin(), tally.errors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& error) { return sum + error.second; });
}

Json percentiles_us(const std::vector<Latency>& samples) {
  const Percentiles found = percentiles(samples);
  return {{"p50", microseconds(found.p50)}, {"p90", microseconds(found.p90)},
          {"p99", microseconds(found.p99)}, {"p99.9", microseconds(found.p99_9)},
          {"max", microseconds(found.max)}, {"mean", microseconds(found.mean)}};
}

Json histogram_us(const std::vector<Latency>& samples) {
  auto buckets = Json::array();
  for (const auto& [greatest, count] : histogram(samples)) {
    buckets.push_back({microseconds(greatest), count});
  }
  return buckets;
}

void print_percentiles(std::ostream& out, const char* name, const std::vector<Latency>& samples) {
  const Json found = percentiles_us(samples);
  out << name;
  for (const auto& [which, value] : found.items()) {
    out << which << ' ' << value.get<double>() << (which == "mean" ? " us\n" : "  ");
  }
}

}  // namespace

std::string summary(const Options& options, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  const double rate = requests_per_second(tally);
  const double cpu = cpu_us_per_request(tally);
  std::ostringstream out;
  out.setf(std::ios::fixed);
  out.precision(1);
  out << options.connections << " connections, pipeline " << options.pipeline << ", "
      << options.value_size << "-byte values, " << 100 * options.get_ratio << " % GET; the server "
      << (outcome.server_closes ? "closes" : "keeps") << " connections\n"
      << "requests    " << tally.requests << " in " << seconds(tally.elapsed) << " s, " << rate
      << " a second\n";
  print_percentiles(out, "latency     ", tally.latencies);
  if (options.rate) print_percentiles(out, "from send   ", tally.service_times);
  out << "connections " << tally.dials << " dialled, " << tally.reconnects
      << " found closed and dialled again\n"
      << "own CPU     " << cpu << " us a request, " << cpu * rate / 1e4 << " % of a core\n"
      << "errors      " << error_count(tally) << '\n';
  for (const auto& [cause, count] : tally.errors) out << "  " << count << "  " << cause << '\n';
  return out.str();
}

std::string json(const Options& options, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  const bool reuses = options.connection_use == ConnectionUse::reuse;
  const Json document = {
      {"target", options.target},
      {"connections", options.connections},
      {"pipeline", options.pipeline},
      {"get_ratio", options.get_ratio},
      {"keys", options.keys},
      {"value_size", options.value_size},
      {"connection_use", reuses ? "reuse" : "reconnect"},
      {"timeout_s", seconds(options.timeout)},
      {"idle_connections", options.idle},
      {"rate", options.rate ? Json(*options.rate) : nullptr},
      {"seed", options.seed},
      {"server_closes", outcome.server_closes},
      {"requests", tally.requests},
      {"replies_in_all", tally.right_replies},
      {"elapsed_s", seconds(tally.elapsed)},
      {"window_begin_unix_s", unix_seconds(tally.began)},
      {"window_end_unix_s", unix_seconds(tally.began + tally.elapsed)},
      {"requests_per_second", requests_per_second(tally)},
      {"latency_us", percentiles_us(tally.latencies)},
      {"service_time_us", percentiles_us(tally.service_times)},
      {"latency_histogram_us", histogram_us(tally.latencies)},
      {"service_time_histogram_us", histogram_us(tally.service_times)},
      {"cpu_us_per_request", cpu_us_per_request(tally)},
      {"clients_answered", tally.clients_answered},
      {"dials", tally.dials},
      {"reconnects", tally.reconnects},
      {"errors", error_count(tally)},
      {"errors_by_cause", tally.errors},
  };
  return document.dump(2) + '\n';
}

}  // namespace stagecoach::bench
