#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/resp/reply_scanner.hpp"
#include "common/testing/loopback.hpp"

namespace stagecoach::testing {

/// A RESP2 reply, taken apart.
struct Reply {
  /// Null is a null bulk string or a null array.
  enum class Type { simple, error, integer, bulk, null, array };

  Type type = Type::null;       ///< Says which of the next three is set.
  std::string text;             ///< Of a simple string, an error (without '-') or a bulk string.
  std::int64_t integer = 0;     ///< Of an integer.
  std::vector<Reply> elements;  ///< Of an array, in order.
  std::string raw;              ///< The bytes as they came.
};

/// A blocking client. Each receive and send is bounded, so that a test fails instead of hanging. If
/// a step fails or takes longer than longest_wait, it throws std::runtime_error (std::system_error
/// if the system refused). Not thread-safe.
class RespClient {
 public:
  explicit RespClient(std::uint16_t port);    ///< Connects to 127.0.0.1.
  explicit RespClient(Descriptor connected);  ///< Dialled anywhere.

  void send_raw(std::string_view bytes);                        ///< Well-formed or not.
  void send(std::initializer_list<std::string_view> args);      ///< One request.
  Reply read_reply();                                           ///< Throws if it is malformed.
  Reply command(std::initializer_list<std::string_view> args);  ///< Sends it, reads its reply.

  void shutdown_write();  ///< It can still read replies.

  /// Everything until the connection ends, maybe by a reset.
  std::string read_until_closed();

  /// Whether the peer closes or resets the connection within `bound`. Bytes that come before are
  /// kept for read_reply().
  bool closed_by_peer(std::chrono::milliseconds bound);

  int fd() const { return socket_.get(); }  ///< The client keeps it.

 private:
  bool receive();

  Descriptor socket_;
  std::string received_;
};

/// The numeric lines of `INFO section`.
std::map<std::string, std::uint64_t> info(RespClient& client, std::string_view section = "gateway");

}  // namespace stagecoach::testing
