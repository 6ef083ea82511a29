#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/load/generator.hpp"
#include "common/testing/resp_client.hpp"
#include "common/testing/server_process.hpp"

namespace stagecoach::bench {
namespace {

using testing::ServerProcess;

/// A stage's program, and the options that make it a variant.
struct Stage {
  const char* name;
  const char* program;
  std::vector<std::string> options = {};
};

constexpr std::uint64_t requests_an_iteration = 5'000;

// A literal worker serves one client, so there must be as many as the load has connections.
const Stage stages[] = {{"1_naive", STAGE1},
                        {"2_pool", STAGE2},
                        {"3_keepalive", STAGE3},
                        {"4_workers_literal", STAGE4, {"--worker", "literal", "--workers", "50"}},
                        {"4_workers_depth_1", STAGE4, {"--pipeline-depth", "1"}},
                        {"4_workers", STAGE4}};

std::string at(const ServerProcess& server) { return "127.0.0.1:" + std::to_string(server.port()); }

ServerProcess start(const Stage& stage, const ServerProcess& upstream) {
  std::vector<std::string> options = {"--upstream", at(upstream)};
  options.insert(options.end(), stage.options.begin(), stage.options.end());
  return ServerProcess(stage.program, options);
}

/// What the stage has counted so far, and its CPU time.
struct Counts {
  explicit Counts(ServerProcess& server) : cpu(server.process().cpu_time()) {
    testing::RespClient client(server.port());
    own = testing::info(client);
  }

  std::map<std::string, std::uint64_t> own;
  std::chrono::nanoseconds cpu;
};

/// An iteration is a load of some thousand GETs, with every reply checked. The load takes its time.
void measure(benchmark::State& state, const Stage& stage) {
  ServerProcess upstream(ORIGIN);
  ServerProcess server = start(stage, upstream);
  Options load;
  load.target = at(server);
  load.requests = requests_an_iteration;
  generate(load);  // fills the keys, and warms up
  load.fill = false;

  Counts before(server);
  std::uint64_t requests = 0;
  for (auto _ : state) {
    const Tally tally = generate(load).tally;
    if (!tally.errors.empty()) {
      state.SkipWithError(tally.errors.begin()->first.c_str());
      return;
    }
    state.SetIterationTime(std::chrono::duration<double>(tally.elapsed).count());
    requests += tally.requests;
  }
  Counts after(server);

  const auto a_request = [&](double amount) { return amount / static_cast<double>(requests); };
  const auto counted = [&](const char* name) {
    return a_request(static_cast<double>(after.own[name] - before.own[name]));
  };
  state.SetItemsProcessed(static_cast<std::int64_t>(requests));
  state.counters["cpu_us"] =
      a_request(std::chrono::duration<double, std::micro>(after.cpu - before.cpu).count());
  state.counters["accepts"] = counted("connections_accepted");
  state.counters["threads"] = counted("threads_started");
  state.counters["dials"] = counted("upstream_dials");
  state.counters["upstream_writes"] = counted("upstream_writes");
}

}  // namespace
}  // namespace stagecoach::bench

int main(int argc, char** argv) {
  using namespace stagecoach::bench;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 2;
  }
  for (const Stage& stage : stages) {
    benchmark::RegisterBenchmark(stage.name, measure, stage)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
