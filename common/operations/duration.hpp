#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace stagecoach::operations {

/// Reads a duration as options give it: digits and a unit (`ms`, `s`, `min` or `h`), or a plain
/// `0`. Empty for anything else, also for a sign, a fraction or a space. Empty for more than a
/// year, too: no deadline needs it, and so sums of times cannot overflow.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that parse_duration() reads as `duration`.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace stagecoach::operations
