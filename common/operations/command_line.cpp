#include "common/operations/command_line.hpp"

#include <fstream>

#include <CLI/CLI.hpp>

#include "common/operations/duration.hpp"

namespace stagecoach::operations {

void add_options(CLI::App& app, gateway::Options& options) {
  app.option_defaults()->group("Timeouts and limits");
  add_duration(app, "--connect-timeout", options.connect_timeout, "To dial the upstream");
  add_duration(app, "--request-timeout", options.request_timeout, "For the upstream's whole reply");
  add_duration(app, "--read-timeout", options.read_timeout, "For a client's request, once begun");
  add_duration(app, "--write-timeout", options.write_timeout,
               "For a client that takes no byte of its reply");
  add_count(app, "--max-clients", options.max_clients, "Connections at a time; more are refused");
  add_bytes(app, "--max-bulk-bytes", options.max_bulk_bytes, "The longest argument of a request");

  app.option_defaults()->group("Operation");
  app.add_option("--listen", options.listen, "Where clients connect; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app.add_flag("--public", options.is_public, "Allow addresses that other machines can reach");
  app.add_option("--upstream", options.upstream,
                 "The Redis behind the gateway (default: a small one inside)")
      ->type_name("HOST:PORT");
  add_password_file(app, "--upstream-password-file", options.upstream_password,
                    "Holds the upstream's password");
  add_duration(app, "--drain-delay", options.drain_delay,
               "After a stop signal, accept on, but answer a balancer's PING with an error",
               net::Timeout(0));
  add_duration(app, "--drain-timeout", options.drain_timeout,
               "Then, until requests in flight are cut off");
  app.add_option("--metrics-listen", options.metrics_listen, "Where Prometheus asks for /metrics")
      ->type_name("HOST:PORT");
  app.add_option("--log-level", options.log_level, "trace, debug, info, warning, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->type_name("LEVEL")
      ->capture_default_str();
  app.set_help_flag("-h,--help", "Print this and exit");
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

void add_password_file(CLI::App& app, const std::string& name, std::string& password,
                       const std::string& help) {
  const auto read = [&password, name](const std::string& path) {
    std::ifstream file(path);
    if (!file) {
      throw CLI::ValidationError(name, path + " cannot be read");
    }
    std::getline(file, password);
    if (password.ends_with('\r')) {
      password.pop_back();
    }
    if (password.empty()) {
      throw CLI::ValidationError(name, "the first line of " + path + " holds no password");
    }
  };
  app.add_option_function<std::string>(name, read, help)->type_name("FILE");
}

}  // namespace stagecoach::operations
