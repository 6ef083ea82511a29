#include "bench/load/merge.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace stagecoach::bench {
namespace {

[[noreturn]] void refuse(const Part& part, const std::string& why) {
  throw std::runtime_error(part.name + ": " + why);
}

// What has to be the same at all places: a name, and a value to be read.
std::vector<std::pair<std::string, std::string>> settings(const Report& report) {
  const auto text = [](const nlohmann::json& value) { return value.dump(); };
  return {{"pipeline", text(report.pipeline)},
          {"get_ratio", text(report.get_ratio)},
          {"keys", text(report.keys)},
          {"value_size", text(report.value_size)},
          {"connection_use", report.connection_use},
          {"timeout_s", text(std::chrono::duration<double>(report.timeout).count())},
          {"rate", report.rate ? "given" : "none"},
          {"server_closes", text(report.server_closes)}};
}

void check_settings(const Part& part, const Part& first) {
  const auto found = settings(part.report);
  const auto expected = settings(first.report);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (found[i] == expected[i]) continue;
    refuse(part, expected[i].first + " is " + found[i].second + ", and in " + first.name + " " +
                     expected[i].second);
  }
}

void check_windows(const Part& part, std::chrono::nanoseconds common,
                   std::chrono::nanoseconds longest) {
  using Seconds = std::chrono::duration<double>;
  if (common >= least_common_window * Seconds(longest)) return;
  std::ostringstream why;
  why << std::fixed << std::setprecision(1) << "measured together with those before it for "
      << Seconds(std::max(common, std::chrono::nanoseconds(0))).count() << " s of "
      << Seconds(longest).count() << " s, which is less than " << std::setprecision(0)
      << 100 * least_common_window << " %";
  refuse(part, why.str());
}

Place place(const Part& part) {
  const Report& report = part.report;
  return {.name = part.name,
          .target = report.target,
          .connections = report.connections,
          .requests = report.requests,
          .requests_per_second = report.requests_per_second,
          .cores = report.cpu_us_per_request * report.requests_per_second / 1e6,
          .errors = report.error_count()};
}

double samples(const Distribution& distribution) {
  double count = 0;
  for (const Bucket& bucket : distribution.histogram) count += static_cast<double>(bucket.count);
  return count;
}

double weighted_mean(double a, double weight_a, double b, double weight_b) {
  return weight_a + weight_b > 0 ? (a * weight_a + b * weight_b) / (weight_a + weight_b) : 0;
}

Distribution sum(const Distribution& a, const Distribution& b) {
  const auto of = [](Latency time) { return static_cast<double>(time.count()); };
  const double mean =
      weighted_mean(of(a.percentiles.mean), samples(a), of(b.percentiles.mean), samples(b));
  auto histogram = sum(a.histogram, b.histogram);
  const auto found = percentiles(histogram, std::max(a.percentiles.max, b.percentiles.max),
                                 Latency(std::llround(mean)));
  return {found, std::move(histogram)};
}

void add(Report& whole, const Report& part) {
  const WallTime end = std::min(whole.end(), part.end());
  whole.begin = std::max(whole.begin, part.begin);
  whole.elapsed = end - whole.begin;
  whole.cpu_us_per_request =
      weighted_mean(whole.cpu_us_per_request, static_cast<double>(whole.requests),
                    part.cpu_us_per_request, static_cast<double>(part.requests));
  if (whole.target != part.target) whole.target += ", " + part.target;
  if (whole.rate) *whole.rate += part.rate.value_or(0);
  if (whole.seed != part.seed) whole.seed.reset();
  whole.connections += part.connections;
  whole.idle += part.idle;
  whole.requests += part.requests;
  whole.replies_in_all += part.replies_in_all;
  whole.requests_per_second += part.requests_per_second;
  whole.latency = sum(whole.latency, part.latency);
  whole.service_time = sum(whole.service_time, part.service_time);
  whole.clients_answered += part.clients_answered;
  whole.dials += part.dials;
  whole.reconnects += part.reconnects;
  for (const auto& [cause, count] : part.errors) whole.errors[cause] += count;
}

}  // namespace

Report merge(const std::vector<Part>& parts) {
  const Part& first = parts.front();
  Report whole = first.report;
  whole.latency = sum(whole.latency, {});
  whole.service_time = sum(whole.service_time, {});
  std::chrono::nanoseconds longest{};
  for (const Part& part : parts) {
    for (const Part* before = &first; before != &part; ++before) {
      if (json(part.report) == json(before->report))
        refuse(part, "the same run as in " + before->name);
    }
    check_settings(part, first);
    if (&part != &first) add(whole, part.report);
    longest = std::max(longest, part.report.elapsed);
    check_windows(part, whole.elapsed, longest);
    whole.places.push_back(place(part));
  }
  return whole;
}

}  // namespace stagecoach::bench
