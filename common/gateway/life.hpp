#pragma once

#include <cstddef>
#include <functional>

#include "common/gateway/context.hpp"
#include "common/gateway/options.hpp"
#include "common/net/listener.hpp"

namespace stagecoach::gateway {

/// How long a connection that the gateway ends may take to read its last reply.
inline constexpr net::Timeout linger_timeout{1000};

/// A stage's main(): reads the command line, starts the embedded origin unless there is an
/// --upstream, and calls `serve`, which serves until the process is told to stop.
/// Returns the exit code: 0; 1 and one line on standard error where it could not start; 2 and one
/// line that names the option where the command line is wrong.
int run_main(int argc, char** argv, Options& options,
             const std::function<void(CLI::App&)>& add_options,
             const std::function<void(Context&)>& serve);

/// Lowers --max-clients, with a warning, to what the process's descriptor limit carries where each
/// client costs `each` descriptors and everything else `shared`. First raises the soft limit.
/// Throws std::runtime_error where not even one client fits. Source: getrlimit(2).
void fit_max_clients(Options& options, std::size_t each, std::size_t shared);

/// Listens where --listen says, and counts its pauses. Throws std::runtime_error.
net::Listener listen(Context& context);

/// Prints `listening on HOST:PORT`, and tells systemd that the gateway is ready. From then on
/// SIGTERM, SIGINT and SIGHUP stop the listener, after --drain-delay; a second one ends the process
/// at once, with exit code 1. A SIGHUP that was ignored at the start stays so. Both must outlive
/// the drain. Source: nohup(1), sd_notify(3).
void announce(Context& context, net::Listener& listener);

/// Ends the process, with exit code 0, where --drain-timeout has passed and `connections` still
/// wait for their replies.
[[noreturn]] void exit_undrained(std::size_t connections);

}  // namespace stagecoach::gateway
