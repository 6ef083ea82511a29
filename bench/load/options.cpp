#include "bench/load/options.hpp"

#include <iostream>
#include <map>
#include <regex>

#include <CLI/CLI.hpp>

#include "common/net/endpoint.hpp"
#include "common/operations/duration.hpp"

namespace stagecoach::bench {
namespace {

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& description) {
  const auto read = [&value](const std::string& text) -> std::string {
    const auto duration = operations::parse_duration(text);
    if (!duration) return "'" + text + "' is no duration such as 300ms, 5s or 2min";
    value = *duration;
    return "";
  };
  return app.add_option(name, description)
      ->check(read)
      ->option_text("TIME=" + std::to_string(value.count()) + "ms");
}

// An error message, or "" for success, as CLI11 wants it from a check.
std::string read_start(const std::string& text, Options& options) {
  using std::chrono::system_clock;
  static const std::regex unix_seconds(R"(\d{1,10}(\.\d{1,9})?)");
  if (!std::regex_match(text, unix_seconds)) {
    return "'" + text + "' is no time in seconds since 1970";
  }
  const std::chrono::duration<double> start(std::stod(text));
  const auto now = system_clock::now().time_since_epoch();
  if (start < now) return text + " is past";
  if (start > now + std::chrono::hours(1)) return text + " is more than an hour ahead";
  options.start_at = system_clock::time_point(std::chrono::round<system_clock::duration>(start));
  return "";
}

// As above.
std::string check_target(const std::string& target) {
  return net::is_host_and_port(target) ? "" : "'" + target + "' is not HOST:PORT";
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app("Puts load on a server that speaks RESP, and checks every reply.", "load");
  const CLI::Range count(std::size_t{1}, std::size_t{10'000'000});
  app.add_option("--target", options.target, "The server")
      ->required()
      ->check(check_target)
      ->option_text("HOST:PORT");
  app.add_option("--connections", options.connections, "Connections open at a time")
      ->check(count)
      ->capture_default_str();
  app.add_option("--get-ratio", options.get_ratio, "The share of GET; the rest is SET")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--keys", options.keys, "Keys to choose from, each equally likely")
      ->check(count)
      ->capture_default_str();
  app.add_option("--value-size", options.value_size, "Bytes of a value")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1} << 29))
      ->capture_default_str();
  app.add_option("--pipeline", options.pipeline, "Requests sent in one write")
      ->check(count)
      ->capture_default_str();
  app.add_option("--connection", options.connection_use,
                 "Reuse it while the server lets us, or reconnect for each write")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ConnectionUse>{
          {"reuse", ConnectionUse::reuse}, {"reconnect", ConnectionUse::reconnect}}))
      ->option_text("reuse|reconnect=reuse");
  app.add_flag("!--no-fill", options.fill,
               "The keys hold their values from an earlier run with the same keys and value size");
  app.add_option("--idle", options.idle, "More connections, which ask once and then stay silent")
      ->check(CLI::Range(std::size_t{0}, std::size_t{10'000'000}))
      ->capture_default_str();
  auto* requests = app.add_option("--requests", options.requests,
                                  "Stop after exactly so many requests, without warm-up");
  add_duration(app, "--duration", options.duration, "Stop after this time, or at Ctrl-C")
      ->excludes(requests);
  add_duration(app, "--warmup", options.warmup, "Load before that, not counted")
      ->excludes(requests);
  app.add_option(
         "--rate", options.rate,
         "Open loop: requests a second in all, evenly spaced, whether or not replies come;\n"
         "latency counts from the intended send time of each")
      ->check(CLI::Range(0.1, 10e6))
      ->excludes(requests)
      ->option_text("REQUESTS");
  app.add_option("--start-at",
                 "Begin the warm-up then, in seconds since 1970, so that several places agree")
      ->check([&options](const std::string& text) { return read_start(text, options); })
      ->option_text("UNIX_SECONDS");
  add_duration(app, "--timeout", options.timeout,
               "For the replies to one write, dialling included");
  app.add_flag("--json", options.json, "The result as JSON");
  app.add_option("--seed", options.seed, "Of the choice of keys and commands")
      ->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    app.exit(help, std::cout);
    return std::nullopt;
  }
  return options;
}

}  // namespace stagecoach::bench
