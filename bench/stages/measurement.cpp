#include "bench/stages/measurement.hpp"

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "bench/stages/twemproxy.hpp"
#include "common/testing/child_process.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/server_process.hpp"

namespace stagecoach::bench {
namespace {

using testing::ChildProcess;
using testing::ServerProcess;
using Counts = std::map<std::string, std::uint64_t>;

constexpr std::chrono::seconds slack{30};
constexpr auto bare_gateway = "peer/bare_gateway";
constexpr auto twemproxy = "peer/twemproxy";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

nlohmann::json run_load(const std::string& target, std::vector<std::string> options,
                        std::chrono::milliseconds expected) {
  options.insert(options.begin(), {LOAD, "--json", "--target", target});
  ChildProcess load(options);
  std::this_thread::sleep_for(expected);  // wait() looks often, which takes time from the others
  const auto status = load.wait(slack);
  if (!status) throw std::runtime_error("the load generator does not end");
  if (status->code == 0) return nlohmann::json::parse(load.output());
  const auto result = nlohmann::json::parse(load.output(), nullptr, false);
  if (result.is_discarded()) throw std::runtime_error(first_line(load.errors()));
  throw std::runtime_error("replies were not right: " + result["errors_by_cause"].dump());
}

std::vector<std::string> load_options(const Settings& settings) {
  const auto milliseconds = static_cast<std::int64_t>(settings.seconds * 1000);
  return {"--no-fill",
          "--connections",
          std::to_string(settings.connections),
          "--duration",
          std::to_string(milliseconds) + "ms",
          "--warmup",
          std::to_string(warmup.count()) + "ms"};
}

Counts ask(const ServerProcess& gateway) {
  testing::RespClient client(gateway.port());
  return testing::info(client);
}

double peak_rss_mib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  throw std::runtime_error("no VmHWM in /proc/PID/status");
}

rusage stop(ServerProcess& gateway) {
  if (const int code = gateway.stop(); code != 0) {
    throw std::runtime_error("the gateway ended with exit code " + std::to_string(code) + ": " +
                             first_line(gateway.process().errors()));
  }
  return gateway.process().wait(std::chrono::milliseconds(0))->usage;
}

/// What can be measured of any gateway, from outside.
Measurement put_load_on(ChildProcess& gateway, std::uint16_t port, const Settings& settings) {
  const auto cpu_before = gateway.cpu_time();
  const auto expected =
      warmup + std::chrono::milliseconds(static_cast<std::int64_t>(settings.seconds * 1000));
  const auto load = run_load("127.0.0.1:" + std::to_string(port), load_options(settings), expected);
  const std::chrono::duration<double, std::micro> cpu = gateway.cpu_time() - cpu_before;
  const double seconds = load["elapsed_s"];
  const double replies = load["replies_in_all"];
  return {.seconds = seconds,
          .counters = {
              {"requests_per_second", load["requests_per_second"]},
              {"p50_us", load["latency_us"]["p50"]},
              {"p99_us", load["latency_us"]["p99"]},
              {"p99.9_us", load["latency_us"]["p99.9"]},
              {"cpu_us_per_request", cpu.count() / replies},
              {"generator_cpu_us_per_request", load["cpu_us_per_request"]},
              {"peak_rss_mib", peak_rss_mib(gateway.pid())},
              {"errors", load["errors"]},
          }};
}

Measurement measure_stage(const Row& row, const std::string& upstream, const Settings& settings) {
  std::vector<std::string> options = row.options;
  options.insert(options.end(), {"--upstream", upstream});
  ServerProcess gateway(row.executable, options);

  // Asked twice, so that what it takes to ask is known, and can be subtracted.
  const Counts first = ask(gateway);
  const Counts before = ask(gateway);
  Measurement measurement = put_load_on(gateway.process(), gateway.port(), settings);
  const Counts after = ask(gateway);
  const rusage usage = stop(gateway);

  const auto counted = [&](const std::string& name) {
    const auto asking = before.at(name) - first.at(name);
    return static_cast<double>(after.at(name) - before.at(name) - asking);
  };
  const double requests = counted("requests");
  const double lifetime_requests = static_cast<double>(after.at("requests"));
  measurement.counters.merge(std::map<std::string, double>{
      {"switches_per_request",
       static_cast<double>(usage.ru_nvcsw + usage.ru_nivcsw) / lifetime_requests},
      {"accepts_per_request", counted("connections_accepted") / requests},
      {"threads_per_request", counted("threads_started") / requests},
      {"dials_per_request", counted("upstream_dials") / requests},
      {"upstream_writes_per_request", counted("upstream_writes") / requests},
  });
  return measurement;
}

Measurement measure_peer(const Row& peer, const std::string& upstream, const Settings& settings) {
  if (peer.name == twemproxy) {
    Twemproxy gateway(upstream);
    return put_load_on(gateway.process(), gateway.port(), settings);
  }
  ServerProcess gateway(peer.executable, {"--upstream", upstream});
  return put_load_on(gateway.process(), gateway.port(), settings);
}

}  // namespace

std::vector<Row> rows(const Settings& settings) {
  std::vector<Row> rows{
      {"stage1_naive", STAGE1_NAIVE},
      {"stage2_pool", STAGE2_POOL},
      {"stage3_keepalive", STAGE3_KEEPALIVE},
      {"stage4_workers/depth1", STAGE4_WORKERS, {"--pipeline-depth", "1"}},
      {"stage4_workers", STAGE4_WORKERS},
  };
  if (settings.peers) {
    rows.push_back({"stage4_workers/one_worker", STAGE4_WORKERS, {"--workers", "1"}});
    rows.push_back({.name = bare_gateway, .executable = BARE_GATEWAY, .peer = true});
    if (Twemproxy::available()) rows.push_back({.name = twemproxy, .executable = "", .peer = true});
  }
  return rows;
}

Measurement measure(const Row& row, const std::string& upstream, const Settings& settings) {
  return row.peer ? measure_peer(row, upstream, settings) : measure_stage(row, upstream, settings);
}

void fill(const std::string& upstream) {
  run_load(upstream, {"--requests", "1"}, std::chrono::milliseconds(0));
}

}  // namespace stagecoach::bench
