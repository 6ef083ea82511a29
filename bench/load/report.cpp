#include "bench/load/report.hpp"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <numeric>
#include <ostream>
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

double unix_seconds(WallTime time) { return seconds(time.time_since_epoch()); }

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string name_of(ConnectionUse use) {
  return use == ConnectionUse::reuse ? "reuse" : "reconnect";
}

Distribution distribution(const std::vector<Latency>& samples) {
  return {percentiles(samples), histogram(samples)};
}

template <typename T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nullptr;
}

nlohmann::ordered_json percentiles_us(const Percentiles& found) {
  return {{"p50", microseconds(found.p50)}, {"p90", microseconds(found.p90)},
          {"p99", microseconds(found.p99)}, {"p99.9", microseconds(found.p99_9)},
          {"max", microseconds(found.max)}, {"mean", microseconds(found.mean)}};
}

nlohmann::ordered_json histogram_us(const std::vector<Bucket>& histogram) {
  auto buckets = nlohmann::ordered_json::array();
  for (const auto& [greatest, count] : histogram) {
    buckets.push_back({microseconds(greatest), count});
  }
  return buckets;
}

nlohmann::ordered_json json_of(const Place& place) {
  return {{"name", place.name},
          {"target", place.target},
          {"connections", place.connections},
          {"requests", place.requests},
          {"requests_per_second", place.requests_per_second},
          {"cores", place.cores},
          {"errors", place.errors}};
}

void print_percentiles(std::ostream& out, const std::string& name, const Percentiles& found) {
  out << name << "p50 " << microseconds(found.p50) << "  p90 " << microseconds(found.p90)
      << "  p99 " << microseconds(found.p99) << "  p99.9 " << microseconds(found.p99_9) << "  max "
      << microseconds(found.max) << "  mean " << microseconds(found.mean) << " us\n";
}

void print_places(std::ostream& out, const Report& report) {
  const auto begin = WallTime::clock::to_time_t(report.begin);
  std::tm utc{};
  ::gmtime_r(&begin, &utc);
  out << "places      " << report.places.size() << ", all of them for " << seconds(report.elapsed)
      << " s from " << std::put_time(&utc, "%F %T") << " UTC; percentiles at most "
      << 100 * bucket_width << " % too high\n";
  for (const Place& place : report.places) {
    out << "  " << place.name << ": " << place.connections << " connections to " << place.target
        << ", " << place.requests_per_second << " requests a second, " << 100 * place.cores
        << " % of a core, " << place.errors << " errors\n";
  }
}

double busiest(const std::vector<Place>& places) {
  double cores = 0;
  for (const Place& place : places) cores = std::max(cores, place.cores);
  return cores;
}

}  // namespace

WallTime Report::end() const { return begin + std::chrono::round<WallTime::duration>(elapsed); }

std::uint64_t Report::error_count() const {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& error) { return sum + error.second; });
}

Report report(const Options& options, const Outcome& result) {
  const auto requests = static_cast<double>(result.requests);
  return {.target = options.target,
          .connections = options.connections,
          .pipeline = options.pipeline,
          .get_ratio = options.get_ratio,
          .keys = options.keys,
          .value_size = options.value_size,
          .connection_use = name_of(options.connection_use),
          .timeout = options.timeout,
          .idle = options.idle,
          .rate = options.rate,
          .seed = options.seed,
          .server_closes = result.server_closes,
          .requests = result.requests,
          .replies_in_all = result.replies_in_all,
          .begin = std::chrono::round<WallTime::duration>(result.began),
          .elapsed = result.elapsed,
          .requests_per_second = ratio(requests, seconds(result.elapsed)),
          .latency = distribution(result.latencies),
          .service_time = distribution(result.service_times),
          .cpu_us_per_request = ratio(microseconds(result.cpu), requests),
          .clients_answered = result.clients_answered,
          .dials = result.dials,
          .reconnects = result.reconnects,
          .errors = result.errors,
          .places = {}};
}

std::string summary(const Report& report) {
  std::ostringstream out;
  out.setf(std::ios::fixed);
  out.precision(1);
  out << report.connections << " connections, pipeline " << report.pipeline << ", "
      << report.value_size << "-byte values, " << 100 * report.get_ratio << " % GET; the server "
      << (report.server_closes ? "closes" : "keeps") << " connections\n"
      << "requests    " << report.requests;
  if (report.places.empty()) out << " in " << seconds(report.elapsed) << " s";
  out << ", " << report.requests_per_second << " a second\n";
  print_percentiles(out, "latency     ", report.latency.percentiles);
  if (report.rate) print_percentiles(out, "from send   ", report.service_time.percentiles);
  out << "connections " << report.dials << " dialled, " << report.reconnects
      << " found closed and dialled again\n"
      << "own CPU     " << report.cpu_us_per_request << " us a request, ";
  if (report.places.empty()) {
    out << report.cpu_us_per_request * report.requests_per_second / 1e4 << " % of a core\n";
  } else {
    out << 100 * busiest(report.places) << " % of a core at the busiest place\n";
    print_places(out, report);
  }
  out << "errors      " << report.error_count() << '\n';
  for (const auto& [cause, count] : report.errors) out << "  " << count << "  " << cause << '\n';
  return out.str();
}

std::string json(const Report& report) {
  nlohmann::ordered_json document = {
      {"target", report.target},
      {"connections", report.connections},
      {"pipeline", report.pipeline},
      {"get_ratio", report.get_ratio},
      {"keys", report.keys},
      {"value_size", report.value_size},
      {"connection_use", report.connection_use},
      {"timeout_s", seconds(report.timeout)},
      {"idle_connections", report.idle},
      {"rate", or_null(report.rate)},
      {"seed", or_null(report.seed)},
      {"server_closes", report.server_closes},
      {"requests", report.requests},
      {"replies_in_all", report.replies_in_all},
      {"elapsed_s", seconds(report.elapsed)},
      {"window_begin_unix_s", unix_seconds(report.begin)},
      {"window_end_unix_s", unix_seconds(report.end())},
      {"requests_per_second", report.requests_per_second},
      {"latency_us", percentiles_us(report.latency.percentiles)},
      {"service_time_us", percentiles_us(report.service_time.percentiles)},
      {"latency_histogram_us", histogram_us(report.latency.histogram)},
      {"service_time_histogram_us", histogram_us(report.service_time.histogram)},
      {"cpu_us_per_request", report.cpu_us_per_request},
      {"clients_answered", report.clients_answered},
      {"dials", report.dials},
      {"reconnects", report.reconnects},
      {"errors", report.error_count()},
      {"errors_by_cause", report.errors},
  };
  if (!report.places.empty()) {
    document["percentiles_too_high_by_at_most"] = bucket_width;
    for (const Place& place : report.places) document["places"].push_back(json_of(place));
  }
  return document.dump(2) + '\n';
}

}  // namespace stagecoach::bench
