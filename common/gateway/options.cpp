#include "common/gateway/options.hpp"

#include <CLI/CLI.hpp>

#include "common/gateway/duration.hpp"
#include "common/gateway/password.hpp"

namespace stagecoach::gateway {

void Options::add_to(CLI::App& app) {
  app.add_option("--listen", listen, "Where clients connect; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app.add_flag("--public", is_public, "Allow addresses that other machines can reach");
  app.add_option("--upstream", upstream,
                 "The Redis behind the gateway (default: a small one inside)")
      ->type_name("HOST:PORT");
  add_password_file(app, "--upstream-password-file", upstream_password,
                    "Holds the password of the upstream");
  add_duration(app, "--connect-timeout", connect_timeout, "For dialling the upstream");
  add_duration(app, "--request-timeout", request_timeout, "For the upstream's whole reply");
  add_duration(app, "--read-timeout", read_timeout, "For a client's request, once begun");
  add_duration(app, "--write-timeout", write_timeout,
               "For a client that takes no byte of its reply");
  add_count(app, "--max-clients", max_clients, "Connections at a time; more are refused");
  add_bytes(app, "--max-bulk-bytes", max_bulk_bytes, "The longest argument of a request");
  add_duration(app, "--drain-delay", drain_delay,
               "When told to stop, go on accepting: a balancer's PING is an error already", 0ms);
  add_duration(app, "--drain-timeout", drain_timeout, "For requests in flight when told to stop");
  app.add_option("--metrics-listen", metrics_listen, "Where Prometheus asks for /metrics")
      ->type_name("HOST:PORT");
  app.add_option("--log-level", log_level, "trace, debug, info, warning, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->type_name("LEVEL")
      ->capture_default_str();
}

void add_duration(CLI::App& app, const std::string& name, net::Timeout& value,
                  const std::string& help, net::Timeout least, net::Timeout most) {
  const auto parse = [&value, name, least, most](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) {
      throw CLI::ValidationError(name, "'" + text + "' is no duration; write 300ms, 30s or 3min");
    }
    if (*duration < least) {
      throw CLI::ValidationError(name, "must be at least " + format_duration(least));
    }
    if (*duration > most) {
      throw CLI::ValidationError(name, "must be at most " + format_duration(most));
    }
    value = *duration;
  };
  app.add_option_function<std::string>(name, parse, help)
      ->type_name("DURATION")
      ->default_str(format_duration(value));
}

void add_count(CLI::App& app, const std::string& name, std::size_t& value, const std::string& help,
               std::size_t least, std::size_t most) {
  app.add_option(name, value, help)
      ->check(CLI::Range(least, most))
      ->type_name("COUNT")
      ->capture_default_str();
}

void add_bytes(CLI::App& app, const std::string& name, std::size_t& value,
               const std::string& help) {
  constexpr std::size_t most = std::size_t{1} << 40;
  app.add_option(name, value, help)
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::size_t{1}, most))
      ->type_name("BYTES")
      ->capture_default_str();
}

}  // namespace stagecoach::gateway
