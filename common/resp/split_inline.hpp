#pragma once

#include <functional>
#include <string_view>

namespace stagecoach::resp {

/// Splits an inline command, without its line end, into words as Redis does (sdssplitargs in
/// sds.c), and passes each to `take`. White space separates words. "Double quotes" know
/// `\n \r \t \b \a \xHH` and a backslash in front of any other character; 'single quotes' know only
/// ``\'``. A closing quote ends the word.
/// False if a quote is not closed, or is followed by anything but white space.
bool split_inline(std::string_view line, const std::function<void(std::string_view)>& take);

}  // namespace stagecoach::resp
