#include "common/resp/unknown_command.hpp"

#include <algorithm>
#include <iterator>

namespace stagecoach::resp {
namespace {

constexpr std::size_t limit = 128;

/// As printf's %.*s does.
std::string_view printed(std::string_view arg, std::size_t most) {
  return arg.substr(0, std::min(arg.find('\0'), most));
}

}  // namespace

std::string unknown_command(std::span<const std::string_view> args) {
  std::string shown;
  for (const std::string_view arg : args.subspan(1)) {
    if (shown.size() >= limit) break;
    const std::size_t left = limit - shown.size();
    shown.append("'").append(printed(arg, left)).append("' ");
  }
  return std::string("ERR unknown command '")
      .append(printed(args[0], limit))
      .append("', with args beginning with: ")
      .append(shown);
}

std::string unknown_subcommand(std::span<const std::string_view> args) {
  std::string command;
  std::ranges::transform(args[0], std::back_inserter(command), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  });
  return std::string("ERR unknown subcommand '")
      .append(printed(args[1], limit))
      .append("'. Try ")
      .append(command)
      .append(" HELP.");
}

}  // namespace stagecoach::resp
