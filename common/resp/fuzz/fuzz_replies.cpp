#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/resp/encode.hpp"
#include "common/resp/fuzz/check.hpp"
#include "common/resp/reply_scanner.hpp"

namespace stagecoach::resp::fuzz {
namespace {

/// A reply, defined as plainly as possible: this needs all bytes at once, recurses, and notices an
/// error at the end of its line.
class PlainParser {
 public:
  explicit PlainParser(std::string_view input) : input_(input) {}

  ScanStatus parse() {
    if (input_.size() == used_) return ScanStatus::incomplete;
    const char type = input_[used_];
    if (std::string_view("+-:$*").find(type) == std::string_view::npos) {
      return ScanStatus::malformed;
    }
    const std::string_view line = take_line();
    if (line.empty()) return ScanStatus::incomplete;
    const std::string_view text = line.substr(1, line.size() - 3);
    if (!line.ends_with("\r\n") || text.find('\n') != std::string_view::npos) {
      return ScanStatus::malformed;
    }
    if (type == '+') append_simple(encoded_, text);
    if (type == '-') append_error(encoded_, text);
    if (type == '+' || type == '-') return ScanStatus::complete;

    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    const bool least = type == ':' || number >= -1;
    if (std::to_string(number) != text || !least) return ScanStatus::malformed;
    if (type == ':') {
      append_integer(encoded_, number);
      return ScanStatus::complete;
    }
    if (number == -1) {
      encoded_.append(line);
      return ScanStatus::complete;
    }
    const auto length = static_cast<std::size_t>(number);
    return type == '$' ? parse_bulk(length) : parse_array(length);
  }

  std::size_t used() const { return used_; }
  const std::string& encoded() const { return encoded_; }

 private:
  /// Up to a CR and the byte behind it.
  std::string_view take_line() {
    const std::size_t end = input_.find('\r', used_);
    if (end == std::string_view::npos || end + 2 > input_.size()) return {};
    const std::string_view line = input_.substr(used_, end + 2 - used_);
    used_ = end + 2;
    return line;
  }

  ScanStatus parse_bulk(std::size_t length) {
    const std::string_view rest = input_.substr(used_);
    if (rest.size() < length || rest.size() - length < 2) return ScanStatus::incomplete;
    if (rest.substr(length, 2) != "\r\n") return ScanStatus::malformed;
    append_bulk(encoded_, rest.substr(0, length));
    used_ += length + 2;
    return ScanStatus::complete;
  }

  ScanStatus parse_array(std::size_t length) {
    append_array(encoded_, length);
    auto status = ScanStatus::complete;
    for (; length > 0 && status == ScanStatus::complete; --length) status = parse();
    return status;
  }

  std::string_view input_;
  std::size_t used_ = 0;
  std::string encoded_;
};

/// Checks the reply at the front of the stream, and returns its end, or 0 if there is none.
std::size_t test_one(std::string_view stream) {
  ReplyScanner scanner;
  const auto whole = scanner.scan(stream);

  ReplyScanner piecewise;
  ReplyScanner::Result pieces{ScanStatus::incomplete, 0};
  in_pieces(stream, [&](std::string_view piece) {
    if (pieces.status == ScanStatus::incomplete) {
      const auto [status, used] = piecewise.scan(piece);
      pieces = {status, pieces.used + used};
    }
  });
  check(pieces.status == whole.status && pieces.used == whole.used,
        "pieces come to the same as the whole");

  PlainParser plain(stream);
  const ScanStatus status = plain.parse();
  const bool complete = whole.status == ScanStatus::complete;
  check(complete == (status == ScanStatus::complete), "both parsers find an end, or neither does");
  check(status != ScanStatus::malformed || whole.status == ScanStatus::malformed,
        "what one parser finds malformed the other does");
  if (!complete) return 0;
  check(whole.used == plain.used(), "both parsers find the same end");
  check(plain.encoded() == stream.substr(0, whole.used), "there is one way to write a reply");
  return whole.used;
}

}  // namespace
}  // namespace stagecoach::resp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view stream(reinterpret_cast<const char*>(data), size);
  while (const std::size_t end = stagecoach::resp::fuzz::test_one(stream)) {
    stream.remove_prefix(end);
  }
  return 0;
}
