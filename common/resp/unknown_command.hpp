#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stagecoach::resp {

// What Redis says of a name that it does not know, for append_error(). It prints names and
// arguments up to their first NUL, each name up to 128 bytes, and arguments until 128 bytes of them
// stand there. `args` holds the command and its arguments. Source: commandCheckExistence() in Redis
// 7.0's server.c.

/// Of the command args[0].
std::string unknown_command(std::span<const std::string_view> args);

/// Of args[1], where args[0] is a command that has sub-commands.
std::string unknown_subcommand(std::span<const std::string_view> args);

}  // namespace stagecoach::resp
