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

/// One complete request. Its views point into the input from which it was parsed, or for an inline
/// command into `encoded`. Moving a request keeps them valid; it cannot be copied.
struct Request {
  std::vector<std::string_view> args;          ///< The command and its arguments; never empty.
  std::string_view received;                   ///< The bytes as they arrived.
  std::unique_ptr<const std::string> encoded;  ///< An inline command, re-encoded; or null.

  /// What goes upstream: always one well-formed multibulk request.
  std::string_view wire() const { return encoded ? std::string_view(*encoded) : received; }
};

/// The limits of a parser. Defaults are those of Redis 7.0 (PROTO_INLINE_MAX_SIZE,
/// proto-max-bulk-len, INT_MAX). A request as a whole has no limit: the owner of the input decides
/// how far it may grow.
struct RequestLimits {
  std::size_t line_bytes = std::size_t{64} * 1024;  ///< An inline command, or the line of a header.
  std::size_t bulk_bytes = std::size_t{512} * 1024 * 1024;  ///< One argument.
  std::size_t multibulk_count =
      std::numeric_limits<std::int32_t>::max();  ///< Arguments of one request.
  std::string_view excess = "invalid";           ///< The error's word for a length beyond these.
};

/// What RequestParser::parse() found.
enum class ParseStatus {
  incomplete,  ///< Not an error: more bytes are needed.
  complete,    ///< A request was written to `out`.
  malformed,   ///< error() says why. The connection must end.
  foreign,     ///< An HTTP client or the like ("POST", "Host:"): close without a word.
};

/// Finds the requests in a stream of bytes (RESP2 arrays of bulk strings, and inline commands).
///
/// Incremental: after `incomplete`, call it again with the same bytes at the front and more behind
/// them. The buffer may have moved. Costs O(bytes), however small the pieces are, and the result
/// does not depend on how the stream is cut. Allocates nothing until a request is complete: then
/// Request::args, and for an inline command `encoded`, too. For a multibulk request it allocates
/// nothing if `out` has seen as many arguments before.
/// Empty requests (an empty line, "*0\r\n", "*-1\r\n") get no reply in Redis, and are skipped.
/// It is stricter than Redis: every CRLF of a multibulk request is checked, and an inline command
/// must not hold NUL. An inline command may end in LF alone; `wire()` frames it properly.
/// Not thread-safe; one parser per connection. Source: Redis 7.0, networking.c.
class RequestParser {
 public:
  explicit RequestParser(RequestLimits limits = {}) : limits_(limits) {}  ///< For a new stream.

  /// Looks for a request in `input`, and writes it to `out`. After each call, drop consumed() bytes
  /// from the front of the input; the next input begins with the rest.
  ParseStatus parse(std::string_view input, Request& out);

  /// Applies to later requests.
  void set_limits(RequestLimits limits) { limits_ = limits; }

  /// How many bytes at the front of the last input are done. After `complete`: the request, and any
  /// empty ones in front of it. After `incomplete`: the empty requests at the front, usually none.
  /// A caller may keep those, but then pays to have them skipped again.
  std::size_t consumed() const { return consumed_; }

  /// Whether a request has begun and is not complete. Empty requests do not count.
  bool in_request() const { return in_request_; }

  /// The memory that Request::args would take if the current request ended here.
  std::size_t args_bytes() const { return arguments_ * sizeof(std::string_view); }

  /// After `malformed`: the error, without '-' and CRLF, such as "ERR Protocol error: invalid
  /// multibulk length". It is Redis's own text if Redis refuses the request, too.
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

  // The current request. Offsets count from its front.
  std::size_t position_ = 0;                // where the current line or argument begins
  std::size_t line_end_ = 0;                // the end of the line, or the earliest place for it
  std::size_t arguments_ = 0;               // complete ones
  std::size_t missing_ = 0;                 // those still to come
  std::optional<std::size_t> bulk_length_;  // of the argument at position_, once known
};

}  // namespace stagecoach::resp
