#include "common/resp/split_inline.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace stagecoach::resp {
namespace {

constexpr std::string_view white_space = " \t\n\v\f\r";
constexpr std::string_view word_ends = " \t\n\r";  // not \v and \f, which Redis keeps in words, too

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

/// Takes one character, escaped or not, from the front of `line`.
char take_quoted_char(std::string_view& line, char quote) {
  char c = line[0];
  std::size_t used = 1;
  if (c == '\\' && line.size() > 1) {
    const auto high = line.size() > 3 && line[1] == 'x' ? hex_digit(line[2]) : std::nullopt;
    const auto low = high ? hex_digit(line[3]) : std::nullopt;
    if (quote == '"' && low) {
      c = static_cast<char>(*high * 16 + *low);
      used = 4;
    } else if (quote == '"' || line[1] == '\'') {
      c = unescape(line[1]);
      used = 2;
    }
  }
  line.remove_prefix(used);
  return c;
}

/// Takes a quoted text from the front of `line` and appends it to `word`. False if it does not end
/// properly.
bool take_quoted(std::string_view& line, std::string& word) {
  const char quote = line.front();
  line.remove_prefix(1);
  while (!line.empty() && line.front() != quote) word += take_quoted_char(line, quote);
  if (line.empty()) return false;
  line.remove_prefix(1);
  return line.empty() || white_space.find(line.front()) != std::string_view::npos;
}

}  // namespace

bool split_inline(std::string_view line, const std::function<void(std::string_view)>& take) {
  std::string word;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(white_space), line.size()));
    if (line.empty()) return true;
    word.clear();
    while (!line.empty() && word_ends.find(line.front()) == std::string_view::npos) {
      if (line.front() == '"' || line.front() == '\'') {
        if (!take_quoted(line, word)) return false;
        break;
      }
      word += line.front();
      line.remove_prefix(1);
    }
    take(word);
  }
}

}  // namespace stagecoach::resp
