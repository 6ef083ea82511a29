#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagecoach::resp {

/// One complete request. Its views point into the input it was parsed from; those of an inline
/// command point into `encoded`. Moving a request keeps them valid; it cannot be copied.
struct Request {
  std::vector<std::string_view> args;          ///< The command and its arguments; never empty.
  std::string_view received;                   ///< The bytes as they arrived.
  std::unique_ptr<const std::string> encoded;  ///< An inline command, encoded anew; otherwise null.

  /// What goes upstream: always one well-formed multibulk request.
  std::string_view wire() const { return encoded ? std::string_view(*encoded) : received; }
};

/// What a parser accepts. The defaults are those of Redis 7.0 (PROTO_INLINE_MAX_SIZE,
/// proto-max-bulk-len, INT_MAX). There is no limit on a request as a whole: whoever holds the input
/// decides how far it may grow.
struct RequestLimits {
  std::size_t line_bytes = std::size_t{64} * 1024;  ///< An inline command, or the line of a header.
  std::size_t bulk_bytes = std::size_t{512} * 1024 * 1024;  ///< One argument.
  std::size_t multibulk_count =
      std::numeric_limits<std::int32_t>::max();  ///< Arguments of one request.
  std::string_view excess = "invalid";           ///< What the error calls a length beyond these.
};

/// What RequestParser::parse() found.
enum class ParseStatus {
  incomplete,  ///< Not an error: more bytes are needed.
  complete,    ///< A request was written to `out`.
  malformed,   ///< error() says why; the connection cannot go on.
  foreign,     ///< An HTTP client or the like ("POST", "Host:"): close without a word.
};

/// Finds the requests in a stream of bytes (RESP2 arrays of bulk strings, and inline commands).
///
/// Incremental: after `incomplete`, call again with the same bytes at the front and more behind
/// them; the buffer itself may have moved. Costs O(bytes), however small the pieces in which they
/// come. Allocates nothing until a request is complete, and then Request::args alone, or for an
/// inline command `encoded` too; for a multibulk request nothing once `out` has seen one of its
/// number.
/// Empty requests (an empty line, "*0\r\n", "*-1\r\n") get no reply in Redis and are skipped.
/// Stricter than Redis: every CRLF of a multibulk request is checked, and an inline command must
/// hold no NUL. An inline command may end in LF alone; `wire()` frames it properly.
/// What is found does not depend on how the stream is cut into pieces.
/// Not thread-safe; one parser a connection. Source: Redis 7.0, networking.c.
class RequestParser {
 public:
  explicit RequestParser(RequestLimits limits = {}) : limits_(limits) {}  ///< For one new stream.

  /// Looks for one request in `input`, and writes to `out` if it finds one. After each call, drop
  /// consumed() bytes from the front of the input; the next input begins with what is left.
  ParseStatus parse(std::string_view input, Request& out);

  /// For the requests to come.
  void set_limits(RequestLimits limits) { limits_ = limits; }

  /// How many bytes at the front of the last input are done with. After `complete`: the request,
  /// with any empty ones skipped before it. After `incomplete`: the empty requests at the front,
  /// usually none; a caller who keeps them stays right, but pays to have them skipped again.
  std::size_t consumed() const { return consumed_; }

  /// Whether a request has begun and is not complete. Empty requests do not count.
  bool in_request() const { return in_request_; }

  /// What Request::args would take if the request under way ended here.
  std::size_t args_bytes() const { return arguments_ * sizeof(std::string_view); }

  /// After `malformed`: Redis's own text where Redis refuses it too, without the leading '-' and
  /// the CRLF, such as "ERR Protocol error: invalid multibulk length".
  const std::string& error() const { return error_; }

 private:
  ParseStatus parse_multibulk(std::string_view input);
  ParseStatus parse_inline(std::string_view input, Request& out);
  std::optional<std::int64_t> read_short_number(std::string_view input);
  ParseStatus find_line_end(std::string_view input, char terminator, std::string_view too_big);
  ParseStatus fail(std::string_view reason);
  void reset();

  RequestLimits limits_;
  std::size_t consumed_ = 0;
  bool in_request_ = false;
  std::string error_;

  // The request under way; offsets count from its front.
  std::size_t position_ = 0;                // The line or the argument being read begins here.
  std::size_t line_end_ = 0;                // The line's end is here, or not before here.
  std::size_t arguments_ = 0;               // Those that are complete,
  std::size_t missing_ = 0;                 // and those still to come.
  std::optional<std::size_t> bulk_length_;  // Of the argument at position_, once known.
};

}  // namespace stagecoach::resp
