#include "bench/load/merge.hpp"

#include <random>
#include <stdexcept>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/load/read_report.hpp"

namespace stagecoach::bench {

namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point some_day(1'700'000'000s);

struct Measured {
  Options options;
  Outcome result;
};

// Ten seconds of closed loop.
Measured measured(std::vector<Latency> samples = {1ms}) {
  Measured run;
  run.options.target = "10.0.0.1:7004";
  run.result.requests = samples.size();
  run.result.elapsed = 10s;
  run.result.began = some_day;
  run.result.service_times = samples;
  run.result.latencies = std::move(samples);
  return run;
}

// As if it came from a file.
Part part(const std::string& name, const Measured& run) {
  return {name, read_report(json(report(run.options, run.result)))};
}

std::string refusal(const std::vector<Part>& parts) {
  try {
    merge(parts);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

std::vector<Latency> random_samples(std::size_t count) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(13, 2);
  std::vector<Latency> samples;
  while (samples.size() < count) {
    samples.emplace_back(static_cast<Latency::rep>(latency(random)));
  }
  return samples;
}

class MergeTest : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Places, MergeTest, ::testing::Values(1, 2, 3, 10));

TEST_P(MergeTest, IsTheHistogramOfAllSamplesTogether) {
  const auto samples = random_samples(50'000);
  std::mt19937_64 random(GetParam());
  std::vector<std::vector<Latency>> split(GetParam());
  for (const Latency sample : samples) split[random() % split.size()].push_back(sample);
  std::vector<Part> parts;
  for (const auto& some : split) {
    parts.push_back(part("place " + std::to_string(parts.size()), measured(some)));
  }

  const Report whole = merge(parts);
  EXPECT_EQ(whole.requests, samples.size());
  EXPECT_EQ(whole.latency.histogram, histogram(samples));
  EXPECT_EQ(whole.service_time.histogram, histogram(samples));

  const Percentiles exact = percentiles(samples);
  const Percentiles& merged = whole.latency.percentiles;
  EXPECT_EQ(merged.max, exact.max);
  EXPECT_NEAR(static_cast<double>(merged.mean.count()), static_cast<double>(exact.mean.count()),
              1.0);
  const Percentiles of_all = percentiles(histogram(samples), exact.max, exact.mean);
  for (const auto which :
       {&Percentiles::p50, &Percentiles::p90, &Percentiles::p99, &Percentiles::p99_9}) {
    EXPECT_EQ(merged.*which, of_all.*which);
    EXPECT_GE(merged.*which, exact.*which);
    EXPECT_LT(static_cast<double>((merged.*which).count()),
              static_cast<double>((exact.*which).count()) * (1 + bucket_width));
  }
}

TEST(Merge, AddsWhatIsCounted) {
  Measured a = measured();
  a.options.connections = 10;
  a.options.idle = 1;
  a.options.rate = 100;
  a.result.requests = 1000;
  a.result.replies_in_all = 1100;
  a.result.clients_answered = 9;
  a.result.dials = 12;
  a.result.reconnects = 2;
  a.result.cpu = 1s;
  a.result.errors = {{"timeout", 3}, {"wrong reply", 1}};
  Measured b = a;
  b.options.target = "10.0.0.2:7004";
  b.options.connections = 20;
  b.options.rate = 300;
  b.result.requests = 3000;
  b.result.cpu = 5s;
  b.result.errors = {{"timeout", 4}, {"closed", 1}};

  const Report whole = merge({part("a", a), part("b", b)});
  EXPECT_EQ(whole.target, "10.0.0.1:7004, 10.0.0.2:7004");
  EXPECT_EQ(whole.connections, 30u);
  EXPECT_EQ(whole.idle, 2u);
  EXPECT_EQ(whole.rate, 400);
  EXPECT_EQ(whole.requests, 4000u);
  EXPECT_EQ(whole.replies_in_all, 2200u);
  EXPECT_EQ(whole.clients_answered, 18u);
  EXPECT_EQ(whole.dials, 24u);
  EXPECT_EQ(whole.reconnects, 4u);
  EXPECT_DOUBLE_EQ(whole.requests_per_second, 400);
  EXPECT_DOUBLE_EQ(whole.cpu_us_per_request, 1500);
  const std::map<std::string, std::uint64_t> errors{
      {"closed", 1}, {"timeout", 7}, {"wrong reply", 1}};
  EXPECT_EQ(whole.errors, errors);
  ASSERT_EQ(whole.places.size(), 2u);
  EXPECT_EQ(whole.places[1].name, "b");
  EXPECT_DOUBLE_EQ(whole.places[1].cores, 0.5);
  EXPECT_EQ(whole.places[1].errors, 5u);
}

TEST(Merge, TakesTheWindowThatAllHaveInCommon) {
  Measured late = measured({2ms});
  late.result.began += 500ms;
  const Report whole = merge({part("a", measured()), part("b", late)});
  EXPECT_EQ(whole.begin, WallTime(some_day.time_since_epoch() / 1us * 1us + 500ms));
  EXPECT_EQ(whole.elapsed, 9500ms);
  EXPECT_DOUBLE_EQ(whole.requests_per_second, 0.2);  // each by its own ten seconds
}

TEST(Merge, RefusesWhatWasNotMeasuredAtTheSameTime) {
  Measured late = measured({2ms});
  late.result.began += 1s;
  EXPECT_EQ(refusal({part("a", measured()), part("b", late)}), "");
  late.result.began += 10ms;
  EXPECT_EQ(
      refusal({part("a", measured()), part("b", late)}),
      "b: measured together with those before it for 9.0 s of 10.0 s, which is less than 90 %");
  late.result.began += 1h;
  EXPECT_EQ(
      refusal({part("a", measured()), part("b", late)}),
      "b: measured together with those before it for 0.0 s of 10.0 s, which is less than 90 %");
  Measured longer = measured({2ms});
  longer.result.elapsed = 20s;
  EXPECT_NE(refusal({part("a", measured()), part("b", longer)}).find("10.0 s of 20.0 s"),
            std::string::npos);
}

TEST(Merge, RefusesAnotherLoadAndNamesWhatDiffers) {
  const struct {
    void (*change)(Measured&);
    std::string why;
  } cases[] = {
      {[](Measured& run) { run.options.pipeline = 8; }, "b: pipeline is 8, and in a 1"},
      {[](Measured& run) { run.options.get_ratio = 0.5; }, "b: get_ratio is 0.5, and in a 1.0"},
      {[](Measured& run) { run.options.keys = 7; }, "b: keys is 7, and in a 1000"},
      {[](Measured& run) { run.options.value_size = 9; }, "b: value_size is 9, and in a 64"},
      {[](Measured& run) { run.options.connection_use = ConnectionUse::reconnect; },
       "b: connection_use is reconnect, and in a reuse"},
      {[](Measured& run) { run.options.timeout = 1s; }, "b: timeout_s is 1.0, and in a 5.0"},
      {[](Measured& run) { run.options.rate = 5; }, "b: rate is given, and in a none"},
      {[](Measured& run) { run.result.server_closes = true; },
       "b: server_closes is true, and in a false"},
  };
  for (const auto& [change, why] : cases) {
    Measured other = measured({2ms});
    change(other);
    EXPECT_EQ(refusal({part("a", measured()), part("b", other)}), why);
  }
}

TEST(Merge, RefusesTheSameRunTwice) {
  EXPECT_EQ(refusal({part("a", measured()), part("b", measured({2ms})), part("c", measured())}),
            "c: the same run as in a");
}

TEST(ReadReport, ReadsWhatWasPrinted) {
  Measured some = measured(random_samples(1000));
  some.options.rate = 0.1;
  some.result.began += 123'456us;
  some.result.cpu = 7ns;
  some.result.elapsed = 9'999'999'999ns;
  some.result.errors = {{"timeout", 3}};
  const std::string printed = json(report(some.options, some.result));
  EXPECT_EQ(json(read_report(printed)), printed);
  EXPECT_EQ(summary(read_report(printed)), summary(report(some.options, some.result)));
}

TEST(ReadReport, SaysWhyItCannot) {
  const auto printed = nlohmann::json::parse(json(report(measured().options, measured().result)));
  const auto with = [&](const char* name, const nlohmann::json& value) {
    auto changed = printed;
    changed[name] = value;
    return changed.dump();
  };
  const std::string prefix = "not what load --json prints: ";
  const struct {
    std::string text;
    std::string why;
  } cases[] = {
      {"", "no JSON"},
      {"requests 100", "no JSON"},
      {printed.dump().substr(0, 300), "no JSON"},
      {"[]", prefix + "no object"},
      {json(merge({part("a", measured())})), "merged already: give its parts"},
      {R"({"version": 1})", prefix + "no target"},
      {with("target", 5), prefix + "target is no text"},
      {with("requests", -1), prefix + "requests is no count"},
      {with("elapsed_s", "5"), prefix + "elapsed_s is no number"},
      {with("elapsed_s", 1e300), prefix + "elapsed_s is no time"},
      {with("server_closes", 0), prefix + "server_closes is neither true nor false"},
      {with("latency_us", 5), prefix + "latency_us are no percentiles"},
      {with("latency_histogram_us", nlohmann::json::parse("[[0.256, 1]]")),
       prefix + "latency_histogram_us is no histogram of these buckets"},
      {with("latency_histogram_us", nlohmann::json::parse("[[0.002, 1], [0.001, 1]]")),
       prefix + "latency_histogram_us is no histogram of these buckets"},
      {with("errors_by_cause", {{"timeout", "3"}}), prefix + "errors_by_cause is no count"},
  };
  for (const auto& [text, why] : cases) {
    try {
      read_report(text);
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), why);
    }
  }
}

}  // namespace
}  // namespace stagecoach::bench
