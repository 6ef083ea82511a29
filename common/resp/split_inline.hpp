#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagecoach::resp {

/// Splits an inline command, without its line end, into words as Redis does (sdssplitargs in
/// sds.c): words stand between white space; "double quotes" know `\n \r \t \b \a \xHH` and a
/// backslash before any other character, 'single quotes' know ``\'`` alone; a closing quote
/// ends the word.
/// Returns nothing if a quote is not closed, or is followed by anything but white space.
std::optional<std::vector<std::string>> split_inline(std::string_view line);

}  // namespace stagecoach::resp
