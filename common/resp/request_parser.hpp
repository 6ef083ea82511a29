#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagecoach::resp {

/// One complete request. Its views point into the input it was parsed from.
struct Request {
  std::vector<std::string_view> args;  ///< The command and its arguments; never empty.
  std::string_view received;           ///< The bytes as they arrived.
  std::string encoded;                 ///< An inline command, encoded anew; otherwise empty.

  /// What goes upstream: always one well-formed multibulk request.
  std::string_view wire() const { return encoded.empty() ? received : std::string_view(encoded); }
};

/// What a parser accepts. The defaults are those of Redis 7.0 (proto-max-bulk-len and
/// PROTO_INLINE_MAX_SIZE).
struct RequestLimits {
  std::size_t line_bytes = 64 * 1024;          ///< An inline command, or the line of a header.
  std::size_t bulk_bytes = 512 * 1024 * 1024;  ///< One argument.
  std::size_t multibulk_count = 1024 * 1024;   ///< Arguments of one request.
};

enum class ParseStatus {
  incomplete,  ///< Not an error: more bytes are needed.
  complete,    ///< A request was written to `out`.
  malformed,   ///< error() says why; the connection cannot go on.
  foreign,     ///< An HTTP client or the like ("POST", "Host:"): close without a word.
};

/// Finds the requests in a stream of bytes (RESP2 arrays of bulk strings, and inline commands).
///
/// Incremental: after `incomplete`, call again with the same bytes at the front and more behind
/// them. Bytes that were looked at once are not looked at again, however small the pieces in which
/// they come. Empty requests ("\r\n", "*0\r\n", "*-1\r\n") get no reply in Redis and are skipped.
/// Stricter than Redis: every CRLF is checked.
/// Not thread-safe; one parser a connection. Source: Redis 7.0, networking.c.
class RequestParser {
 public:
  explicit RequestParser(RequestLimits limits = {}) : limits_(limits) {}

  /// Looks for one request in `input`, which starts where the last one ended: the caller drops
  /// consumed() bytes after `complete`.
  ParseStatus parse(std::string_view input, Request& out);

  /// How many bytes at the front of the input the last complete request took, with any empty ones
  /// that were skipped before it.
  std::size_t consumed() const { return consumed_; }

  /// Whether a request has begun and is not complete. Empty requests do not count.
  bool in_request() const;

  /// After `malformed`: Redis's own text, without the leading '-' and the CRLF, such as
  /// "ERR Protocol error: invalid multibulk length".
  const std::string& error() const { return error_; }

 private:
  RequestLimits limits_;
  std::size_t consumed_ = 0;
  std::string error_;
};

}  // namespace stagecoach::resp
