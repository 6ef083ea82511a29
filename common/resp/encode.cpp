#include "common/resp/encode.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

namespace stagecoach::resp {
namespace {

template <typename Integer>
void append_header(std::string& out, char type, Integer value) {
  char line[std::numeric_limits<Integer>::digits10 + 5];  // type, sign, one more digit, CRLF
  char* end = line;
  *end++ = type;
  end = std::to_chars(end, line + sizeof line, value).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line, end);
}

}  // namespace

void append_simple(std::string& out, std::string_view text) {
  out += '+';
  out += text;
  out += "\r\n";
}

void append_error(std::string& out, std::string_view text) {
  out += '-';
  std::replace_copy_if(
      text.begin(), text.end(), std::back_inserter(out),
      [](char c) { return c == '\r' || c == '\n'; }, ' ');
  out += "\r\n";
}

void append_integer(std::string& out, std::int64_t value) { append_header(out, ':', value); }

void append_bulk(std::string& out, std::string_view bytes) {
  append_header(out, '$', bytes.size());
  out += bytes;
  out += "\r\n";
}

void append_null(std::string& out) { out += "$-1\r\n"; }

void append_array(std::string& out, std::size_t length) { append_header(out, '*', length); }

void append_request(std::string& out, std::span<const std::string_view> args) {
  append_array(out, args.size());
  for (const std::string_view arg : args) append_bulk(out, arg);
}

std::string request(std::initializer_list<std::string_view> args) {
  std::string out;
  append_request(out, {args.begin(), args.size()});
  return out;
}

}  // namespace stagecoach::resp
