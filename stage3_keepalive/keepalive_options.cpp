#include "stage3_keepalive/keepalive_options.hpp"

#include <CLI/CLI.hpp>

#include "common/operations/command_line.hpp"

namespace stagecoach {

void KeepaliveOptions::add_to(CLI::App& app) {
  using namespace operations;
  // Linux's limits: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and MAX_TCP_KEEPCNT of <net/tcp.h>.
  constexpr net::Timeout longest = 32767s;
  constexpr std::size_t most_probes = 127;
  app.option_defaults()->group("Kept clients (stage 3)");
  app.add_option("--keepalive", keepalive, "TCP keepalive for client connections: on or off")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, bool>{{"on", true}, {"off", false}}))
      ->type_name("on|off")
      ->default_str("on");
  add_duration(app, "--keepalive-idle", idle, "Silence before the first probe", 1s, longest);
  add_duration(app, "--keepalive-interval", interval, "Between two probes", 1s, longest);
  add_count(app, "--keepalive-count", count, "Unanswered probes that end the connection", 1,
            most_probes);
  add_duration(app, "--idle-timeout", idle_timeout, "For a client that is silent; 0: never", 0s);
  add_count(app, "--max-requests", max_requests, "Requests on a connection; 0: no limit", 0);
}

}  // namespace stagecoach
