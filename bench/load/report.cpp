#include "bench/load/report.hpp"

#include <sstream>

#include <nlohmann/json.hpp>

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

std::string summary(const Options& options, const Result& result) {
  std::ostringstream out;
  out.setf(std::ios::fixed);
  out.precision(1);
  const Percentiles& latency = result.latency;
  out << options.connections << " connections, pipeline " << options.pipeline << ", "
      << options.value_size << "-byte values, " << 100 * options.get_ratio << " % GET; the server "
      << (result.server_closes ? "closes" : "keeps") << " connections\n"
      << "requests    " << result.requests << " in " << seconds(result.elapsed) << " s, "
      << requests_per_second(result) << " a second\n"
      << "latency     p50 " << microseconds(latency.p50) << "  p90 " << microseconds(latency.p90)
      << "  p99 " << microseconds(latency.p99) << "  p99.9 " << microseconds(latency.p99_9)
      << "  max " << microseconds(latency.max) << "  mean " << microseconds(latency.mean) << " us\n"
      << "connections " << result.dials << " dialled, " << result.reconnects
      << " found closed and dialled again\n"
      << "own CPU     " << cpu_us_per_request(result) << " us a request, "
      << 100 * seconds(result.cpu) / std::max(seconds(result.elapsed), 1e-9) << " % of a core\n"
      << "errors      " << result.error_count() << '\n';
  for (const auto& [cause, count] : result.errors) out << "  " << count << "  " << cause << '\n';
  return out.str();
}

std::string json(const Options& options, const Result& result) {
  const Percentiles& latency = result.latency;
  const nlohmann::ordered_json document = {
      {"target", options.target},
      {"connections", options.connections},
      {"pipeline", options.pipeline},
      {"get_ratio", options.get_ratio},
      {"keys", options.keys},
      {"value_size", options.value_size},
      {"seed", options.seed},
      {"server_closes", result.server_closes},
      {"requests", result.requests},
      {"elapsed_s", seconds(result.elapsed)},
      {"requests_per_second", requests_per_second(result)},
      {"p50_us", microseconds(latency.p50)},
      {"p90_us", microseconds(latency.p90)},
      {"p99_us", microseconds(latency.p99)},
      {"p99.9_us", microseconds(latency.p99_9)},
      {"max_us", microseconds(latency.max)},
      {"mean_us", microseconds(latency.mean)},
      {"cpu_us_per_request", cpu_us_per_request(result)},
      {"dials", result.dials},
      {"reconnects", result.reconnects},
      {"errors", result.error_count()},
      {"errors_by_cause", result.errors},
  };
  return document.dump(2) + '\n';
}

}  // namespace stagecoach::bench
