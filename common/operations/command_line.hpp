#pragma once

#include <cstddef>
#include <string>

#include "common/gateway/options.hpp"
#include "common/net/deadline.hpp"

namespace CLI {
class App;
}

namespace stagecoach::operations {

/// The options of every stage; in `--help` their groups come after a stage's own. Parsing writes
/// into `options`, which must outlive `app`.
void add_options(CLI::App& app, gateway::Options& options);

/// An option for a duration with its unit, within bounds: 300ms, 30s, 3min.
void add_duration(CLI::App& app, const std::string& name, net::Timeout& value,
                  const std::string& help, net::Timeout least = net::Timeout(1),
                  net::Timeout most = net::Timeout::max());

/// An option for a whole number within bounds.
void add_count(CLI::App& app, const std::string& name, std::size_t& value, const std::string& help,
               std::size_t least = 1, std::size_t most = 1'000'000);

/// An option for a size in bytes, with or without a unit: 65536, 64KiB, 256MiB.
void add_bytes(CLI::App& app, const std::string& name, std::size_t& value, const std::string& help);

/// An option for the name of a file whose first line is a password. On the command line itself
/// every user of the machine could read it (proc(5), cmdline).
void add_password_file(CLI::App& app, const std::string& name, std::string& password,
                       const std::string& help);

}  // namespace stagecoach::operations
