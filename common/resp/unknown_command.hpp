#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stagecoach::resp {

// Redis's error for a name that it does not know, for append_error(). It prints names and arguments
// up to their first NUL: each name up to 128 bytes, and arguments until they add up to 128 bytes.
// `args` holds the command and its arguments. Source: commandCheckExistence() in Redis 7.0's
// server.c.

/// For the command args[0].
std::string unknown_command(std::span<const std::string_view> args);

/// For args[1], if the command args[0] has sub-commands.
std::string unknown_subcommand(std::span<const std::string_view> args);

}  // namespace stagecoach::resp
