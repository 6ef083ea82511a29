#include "common/resp/unknown_command.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace stagecoach::resp {
namespace {

using namespace std::string_view_literals;
using Args = std::vector<std::string_view>;

TEST(UnknownCommand, ShowsTheNameAndTheFirstArgumentsUpToANul) {
  EXPECT_EQ(unknown_command(Args{"FOO", "a", "b"}),
            "ERR unknown command 'FOO', with args beginning with: 'a' 'b' ");
  EXPECT_EQ(unknown_command(Args{"foo\0x"sv, "a\0b"sv, "", "c d"}),
            "ERR unknown command 'foo', with args beginning with: 'a' '' 'c d' ");
  EXPECT_EQ(unknown_command(Args{""}), "ERR unknown command '', with args beginning with: ");
}

TEST(UnknownCommand, CutsTheNameAndTheArgumentsTogetherAt128Bytes) {
  const std::string name(200, 'x');
  for (const auto& [length, shown] : std::vector<std::pair<std::size_t, std::string>>{
           {200, "'" + std::string(128, 'y') + "' "},
           {127, "'" + std::string(127, 'y') + "' "},
           {125, "'" + std::string(125, 'y') + "' "},
           {124, "'" + std::string(124, 'y') + "' 'z' "},
           {120, "'" + std::string(120, 'y') + "' 'zzz' "}}) {
    const std::string first(length, 'y');
    EXPECT_EQ(
        unknown_command(Args{name, first, "zzz", "a"}),
        "ERR unknown command '" + std::string(128, 'x') + "', with args beginning with: " + shown);
  }
}

TEST(UnknownSubcommand, NamesItAndTheHelpOfItsCommand) {
  EXPECT_EQ(unknown_subcommand(Args{"script", "KILL\0x"sv, "a"}),
            "ERR unknown subcommand 'KILL'. Try SCRIPT HELP.");
  EXPECT_EQ(unknown_subcommand(Args{"Config", std::string(200, 'x')}),
            "ERR unknown subcommand '" + std::string(128, 'x') + "'. Try CONFIG HELP.");
}

}  // namespace
}  // namespace stagecoach::resp
