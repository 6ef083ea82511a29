#pragma once

#include <cstddef>
#include <functional>

#include "common/gateway/context.hpp"
#include "common/net/listener.hpp"

namespace CLI {
class App;
}

namespace stagecoach::operations {

/// A stage's main(): reads the command line, starts the embedded origin unless there is an
/// --upstream, and calls `serve`, which returns when the process is told to stop.
/// Returns the exit code. 0: success. 1: it could not start; 2: the command line is wrong. Standard
/// error then has one line, which for 2 names the option.
int run_main(int argc, char** argv, gateway::Options& options,
             const std::function<void(CLI::App&)>& add_options,
             const std::function<void(gateway::Context&)>& serve);

/// Raises the soft limit of descriptors. If --max-clients does not fit, lowers it with a warning:
/// each client costs `each` descriptors, everything else `shared`. Throws std::runtime_error if not
/// even one client fits. Source: getrlimit(2).
void fit_max_clients(gateway::Options& options, std::size_t each, std::size_t shared);

/// From now on SIGTERM, SIGINT and SIGHUP stop the listener, after --drain-delay. A second signal
/// ends the process at once, with exit code 1. If SIGHUP was ignored at the start, it still is.
/// Both arguments must outlive the drain. Source: nohup(1).
void stop_on_signals(gateway::Context& context, net::Listener& listener);

/// Prints `listening on HOST:PORT`, and tells systemd that the gateway is ready. Source:
/// sd_notify(3).
void announce(const net::Listener& listener);

}  // namespace stagecoach::operations
