#include "bench/load/report.hpp"

#include <ostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "bench/load/histogram.hpp"
#include "bench/load/percentiles.hpp"

namespace stagecoach::bench {
namespace {

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

double requests_per_second(const Result& result) {
  return result.elapsed.count() == 0
             ? 0
             : static_cast<double>(result.requests) / seconds(result.elapsed);
}

double cpu_us_per_request(const Result& result) {
  return result.requests == 0 ? 0 : microseconds(result.cpu) / static_cast<double>(result.requests);
}

}  // namespace

nlohmann::ordered_json percentiles_us(const Percentiles& found) {
  return {{"p50", microseconds(found.p50)}, {"p90", microseconds(found.p90)},
          {"p99", microseconds(found.p99)}, {"p99.9", microseconds(found.p99_9)},
          {"max", microseconds(found.max)}, {"mean", microseconds(found.mean)}};
}

nlohmann::ordered_json histogram_us(const std::vector<Latency>& samples) {
  auto buckets = nlohmann::ordered_json::array();
  for (const auto& [greatest, count] : histogram(samples)) {
    buckets.push_back({microseconds(greatest), count});
  }
  return buckets;
}

void print_percentiles(std::ostream& out, const std::string& name, const Percentiles& found) {
  out << name << "p50 " << microseconds(found.p50) << "  p90 " << microseconds(found.p90)
      << "  p99 " << microseconds(found.p99) << "  p99.9 " << microseconds(found.p99_9) << "  max "
      << microseconds(found.max) << "  mean " << microseconds(found.mean) << " us\n";
}

std::string summary(const Options& options, const Result& result) {
  std::ostringstream out;
  out.setf(std::ios::fixed);
  out.precision(1);
  out << options.connections << " connections, pipeline " << options.pipeline << ", "
      << options.value_size << "-byte values, " << 100 * options.get_ratio << " % GET; the server "
      << (result.server_closes ? "closes" : "keeps") << " connections\n"
      << "requests    " << result.requests << " in " << seconds(result.elapsed) << " s, "
      << requests_per_second(result) << " a second\n";
  print_percentiles(out, "latency     ", percentiles(result.latencies));
  if (options.rate) {
    print_percentiles(out, "from send   ", percentiles(result.service_times));
  }
  out << "connections " << result.dials << " dialled, " << result.reconnects
      << " found closed and dialled again\n"
      << "own CPU     " << cpu_us_per_request(result) << " us a request, "
      << 100 * seconds(result.cpu) / std::max(seconds(result.elapsed), 1e-9) << " % of a core\n"
      << "errors      " << result.error_count() << '\n';
  for (const auto& [cause, count] : result.errors) out << "  " << count << "  " << cause << '\n';
  return out.str();
}

std::string json(const Options& options, const Result& result) {
  const nlohmann::ordered_json document = {
      {"target", options.target},
      {"connections", options.connections},
      {"pipeline", options.pipeline},
      {"get_ratio", options.get_ratio},
      {"keys", options.keys},
      {"value_size", options.value_size},
      {"idle_connections", options.idle},
      {"rate", options.rate ? nlohmann::ordered_json(*options.rate) : nullptr},
      {"seed", options.seed},
      {"server_closes", result.server_closes},
      {"requests", result.requests},
      {"replies_in_all", result.replies_in_all},
      {"elapsed_s", seconds(result.elapsed)},
      {"requests_per_second", requests_per_second(result)},
      {"latency_us", percentiles_us(percentiles(result.latencies))},
      {"service_time_us", percentiles_us(percentiles(result.service_times))},
      {"latency_histogram_us", histogram_us(result.latencies)},
      {"service_time_histogram_us", histogram_us(result.service_times)},
      {"cpu_us_per_request", cpu_us_per_request(result)},
      {"clients_answered", result.clients_answered},
      {"dials", result.dials},
      {"reconnects", result.reconnects},
      {"errors", result.error_count()},
      {"errors_by_cause", result.errors},
  };
  return document.dump(2) + '\n';
}

}  // namespace stagecoach::bench
