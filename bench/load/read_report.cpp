#include "bench/load/read_report.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace stagecoach::bench {
namespace {

using Json = nlohmann::json;

constexpr double greatest_exact = 9e15;  // of the whole numbers that a double can be

[[noreturn]] void reject(const std::string& what) {
  throw std::runtime_error("not what load --json prints: " + what);
}

const Json& field(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) reject(std::string("no ") + name);
  return *found;
}

double number(const Json& value, const char* name) {
  if (!value.is_number()) reject(std::string(name) + " is no number");
  return value.get<double>();
}

std::uint64_t count(const Json& value, const char* name) {
  if (!value.is_number_unsigned()) reject(std::string(name) + " is no count");
  return value.get<std::uint64_t>();
}

// A time of so many units, such as microseconds, to the nearest nanosecond.
std::chrono::nanoseconds time(const Json& value, const char* name, double nanoseconds_in_unit) {
  const double nanoseconds = number(value, name) * nanoseconds_in_unit;
  if (!(nanoseconds >= 0 && nanoseconds < greatest_exact)) {
    reject(std::string(name) + " is no time");
  }
  return std::chrono::nanoseconds(std::llround(nanoseconds));
}

WallTime wall_time(const Json& value, const char* name) {
  const double microseconds = number(value, name) * 1e6;
  if (!(microseconds >= 0 && microseconds < greatest_exact)) {
    reject(std::string(name) + " is no time");
  }
  return WallTime(std::chrono::microseconds(std::llround(microseconds)));
}

std::string text(const Json& value, const char* name) {
  if (!value.is_string()) reject(std::string(name) + " is no text");
  return value.get<std::string>();
}

bool boolean(const Json& value, const char* name) {
  if (!value.is_boolean()) reject(std::string(name) + " is neither true nor false");
  return value.get<bool>();
}

Percentiles percentiles_us(const Json& object, const char* name) {
  if (!object.is_object()) reject(std::string(name) + " are no percentiles");
  const auto at = [&](const char* which) { return time(field(object, which), name, 1e3); };
  return {.p50 = at("p50"),
          .p90 = at("p90"),
          .p99 = at("p99"),
          .p99_9 = at("p99.9"),
          .max = at("max"),
          .mean = at("mean")};
}

std::vector<Bucket> histogram_us(const Json& array, const char* name) {
  const std::string rejected = std::string(name) + " is no histogram of these buckets";
  if (!array.is_array()) reject(rejected);
  std::vector<Bucket> buckets;
  for (const Json& entry : array) {
    if (!entry.is_array() || entry.size() != 2) reject(rejected);
    const Bucket bucket{time(entry[0], name, 1e3), count(entry[1], name)};
    const bool is_bound = histogram({bucket.greatest})[0].greatest == bucket.greatest;
    const bool in_order = buckets.empty() || buckets.back().greatest < bucket.greatest;
    if (!is_bound || !in_order || bucket.count == 0) reject(rejected);
    buckets.push_back(bucket);
  }
  return buckets;
}

std::map<std::string, std::uint64_t> counts(const Json& object, const char* name) {
  if (!object.is_object()) reject(std::string(name) + " is no object");
  std::map<std::string, std::uint64_t> found;
  for (const auto& [cause, value] : object.items()) found[cause] = count(value, name);
  return found;
}

}  // namespace

Report read_report(const std::string& source) {
  const Json document = Json::parse(source, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) throw std::runtime_error("no JSON");
  if (!document.is_object()) reject("no object");
  if (document.contains("places")) throw std::runtime_error("merged already: give its parts");

  const auto get = [&](auto read, const char* name) { return read(field(document, name), name); };
  const auto get_seconds = [&](const char* name) { return time(field(document, name), name, 1e9); };
  const auto is_null = [&](const char* name) { return field(document, name).is_null(); };
  Report report;
  report.target = get(text, "target");
  report.connections = get(count, "connections");
  report.pipeline = get(count, "pipeline");
  report.get_ratio = get(number, "get_ratio");
  report.keys = get(count, "keys");
  report.value_size = get(count, "value_size");
  report.connection_use = get(text, "connection_use");
  report.timeout = std::chrono::round<std::chrono::milliseconds>(get_seconds("timeout_s"));
  report.idle = get(count, "idle_connections");
  if (!is_null("rate")) report.rate = get(number, "rate");
  if (!is_null("seed")) report.seed = get(count, "seed");
  report.server_closes = get(boolean, "server_closes");
  report.requests = get(count, "requests");
  report.replies_in_all = get(count, "replies_in_all");
  report.begin = get(wall_time, "window_begin_unix_s");
  report.elapsed = get_seconds("elapsed_s");
  report.requests_per_second = get(number, "requests_per_second");
  report.latency = {get(percentiles_us, "latency_us"), get(histogram_us, "latency_histogram_us")};
  report.service_time = {get(percentiles_us, "service_time_us"),
                         get(histogram_us, "service_time_histogram_us")};
  report.cpu_us_per_request = get(number, "cpu_us_per_request");
  report.clients_answered = get(count, "clients_answered");
  report.dials = get(count, "dials");
  report.reconnects = get(count, "reconnects");
  report.errors = get(counts, "errors_by_cause");
  return report;
}

}  // namespace stagecoach::bench
