#include "common/resp/request_parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/resp/encode.hpp"
#include "common/resp/split_inline.hpp"

namespace stagecoach::resp {
namespace {

/// Only the canonical form: no plus sign, no leading zero, no "-0" (string2ll in Redis's util.c).
std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  const bool zero_first = text[text.front() == '-' ? 1 : 0] == '0';
  if (zero_first && text.size() > 1) return std::nullopt;
  return value;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool crlf_at(std::string_view input, std::size_t offset) {
  return input[offset] == '\r' && input[offset + 1] == '\n';
}

/// Finds the arguments of a well-formed multibulk request.
void collect(std::string_view wire, std::size_t count, std::vector<std::string_view>& args) {
  args.clear();
  args.reserve(count);
  const char* at = wire.data();
  while (*at != '\n') ++at;
  for (; count > 0; --count) {
    std::size_t length = 0;
    for (at += 2; *at != '\r'; ++at) length = length * 10 + static_cast<std::size_t>(*at - '0');
    args.emplace_back(at + 2, length);
    at += 2 + length + 1;
  }
}

/// Ignores case, and stops at the first NUL, as Redis does.
bool is_name(std::string_view arg, std::string_view lower_case) {
  const std::size_t end = lower_case.size();
  return arg.size() >= end && (arg.size() == end || arg[end] == '\0') &&
         std::equal(lower_case.begin(), lower_case.end(), arg.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b);
         });
}

}  // namespace

ParseStatus RequestParser::parse(std::string_view input, Request& out) {
  std::size_t skipped = 0;
  for (;;) {
    const std::string_view rest = input.substr(skipped);
    in_request_ = !rest.empty();
    const ParseStatus status = rest.empty()          ? ParseStatus::incomplete
                               : rest.front() == '*' ? parse_multibulk(rest)
                                                     : parse_inline(rest, out);
    if (status != ParseStatus::complete) {
      consumed_ = skipped;
      if (skipped > 0) reset();  // the caller may drop them, or not
      return status;
    }
    if (arguments_ == 0) {
      skipped += position_;
      reset();
      continue;
    }
    if (rest.front() == '*') out.encoded.reset();
    out.received = rest.substr(0, position_);
    collect(out.wire(), arguments_, out.args);
    consumed_ = skipped + position_;
    in_request_ = false;
    reset();
    const std::string_view name = out.args.front();
    const bool foreign = is_name(name, "post") || is_name(name, "host:");
    return foreign ? ParseStatus::foreign : ParseStatus::complete;
  }
}

ParseStatus RequestParser::parse_multibulk(std::string_view input) {
  if (position_ == 0) {
    auto count = read_short_number(input);
    if (!count) {
      const ParseStatus line = find_line_end(input, '\r', "too big mbulk count string");
      if (line != ParseStatus::complete) return line;
      count = parse_integer(input.substr(1, line_end_ - 1));
      if (!count) return fail("invalid multibulk length");
    }
    if (*count > 0 && static_cast<std::size_t>(*count) > limits_.multibulk_count) {
      return fail(std::string(limits_.excess) + " multibulk length");
    }
    if (!crlf_at(input, line_end_)) return fail("expected CRLF");
    missing_ = *count > 0 ? static_cast<std::size_t>(*count) : 0;
    position_ = line_end_ += 2;
  }
  for (; missing_ > 0; --missing_, ++arguments_) {
    if (!bulk_length_) {
      auto length = read_short_number(input);
      if (!length) {
        const ParseStatus line = find_line_end(input, '\r', "too big bulk count string");
        if (line != ParseStatus::complete) return line;
      }
      if (const char type = input[position_]; type != '$') {
        const bool printable = type != '\r' && type != '\n' && type != '\0';
        return fail(std::string("expected '$', got '") + (printable ? type : ' ') + "'");
      }
      if (!length) length = parse_integer(input.substr(position_ + 1, line_end_ - position_ - 1));
      if (!length || *length < 0) return fail("invalid bulk length");
      if (static_cast<std::size_t>(*length) > limits_.bulk_bytes) {
        return fail(std::string(limits_.excess) + " bulk length");
      }
      if (!crlf_at(input, line_end_)) return fail("expected CRLF");
      bulk_length_ = static_cast<std::size_t>(*length);
      position_ = line_end_ += 2;
    }
    const std::size_t end = position_ + *bulk_length_;
    if (input.size() < end + 2) return ParseStatus::incomplete;
    if (!crlf_at(input, end)) return fail("expected CRLF");
    bulk_length_.reset();
    position_ = line_end_ = end + 2;
  }
  return ParseStatus::complete;
}

/// The number in the line at position_ if it is like nearly all: short, canonical, and here with
/// its CRLF; line_end_ moves to that. Saves a quarter of the time of a small request (bench/micro).
std::optional<std::int64_t> RequestParser::read_short_number(std::string_view input) {
  constexpr std::size_t short_bytes = 10;  // they fit into any integer
  const std::size_t first = position_ + 1;
  const std::size_t last =
      std::min(input.size(), position_ + std::min(short_bytes, limits_.line_bytes));
  std::size_t end = first;
  std::int64_t value = 0;
  for (; end < last && is_digit(input[end]); ++end) {
    value = value * 10 + (input[end] - '0');
  }
  const bool canonical = end > first && (input[first] != '0' || end == first + 1);
  if (!canonical || end + 1 >= input.size() || !crlf_at(input, end)) return std::nullopt;
  line_end_ = end;
  return value;
}

ParseStatus RequestParser::parse_inline(std::string_view input, Request& out) {
  const std::size_t searched = line_end_;
  const ParseStatus found = find_line_end(input, '\n', "too big inline request");
  // Redis takes a NUL for the end of its input, and then waits forever.
  if (input.substr(searched, line_end_ - searched).find('\0') != std::string_view::npos) {
    return fail("NUL in inline request");
  }
  if (found != ParseStatus::complete) return found;
  std::string_view line = input.substr(0, line_end_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::string encoded;
  const bool balanced = split_inline(line, [&](std::string_view word) {
    append_bulk(encoded, word);
    ++arguments_;
  });
  if (!balanced) return fail("unbalanced quotes in request");
  position_ = line_end_ + 1;
  if (arguments_ > 0) {
    std::string header;
    append_array(header, arguments_);
    encoded.insert(0, header);
    out.encoded = std::make_unique<const std::string>(std::move(encoded));
  }
  return ParseStatus::complete;
}

/// Moves line_end_ to the terminator of the line at position_. A CR counts once the byte behind it
/// is there, too.
ParseStatus RequestParser::find_line_end(std::string_view input, char terminator,
                                         std::string_view too_big) {
  const std::string_view line = input.substr(0, position_ + limits_.line_bytes + 1);
  const std::size_t found = line.find(terminator, line_end_);
  line_end_ = std::min(found, line.size());
  if (found == std::string_view::npos) {
    return line.size() - position_ > limits_.line_bytes ? fail(too_big) : ParseStatus::incomplete;
  }
  const bool whole = terminator == '\n' || found + 1 < input.size();
  return whole ? ParseStatus::complete : ParseStatus::incomplete;
}

ParseStatus RequestParser::fail(std::string_view reason) {
  error_ = "ERR Protocol error: ";
  error_ += reason;
  return ParseStatus::malformed;
}

void RequestParser::reset() {
  position_ = line_end_ = arguments_ = missing_ = 0;
  bulk_length_.reset();
}

}  // namespace stagecoach::resp
