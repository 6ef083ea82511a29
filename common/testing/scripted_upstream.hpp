#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/resp/request_parser.hpp"
#include "common/testing/loopback.hpp"

namespace stagecoach::testing {

/// What a script sees of one connection. Used by the script's thread only.
class ScriptedConnection {
 public:
  ScriptedConnection(Descriptor socket, std::size_t index);  ///< Made by ScriptedUpstream alone.

  /// 0 for the first connection that was accepted.
  std::size_t index() const { return index_; }

  /// The next request. Nothing once the peer has closed, sent rubbish, or nothing for 10 seconds,
  /// and when the upstream is destroyed: a script that loops on it ends. CONFIG, by which a gateway
  /// asks for limits at its start, is refused here.
  std::optional<std::vector<std::string>> read_request();

  /// Waits until a request has begun to arrive, and reads nothing of it. False at the end.
  bool wait_for_request();

  /// Reads at most so many bytes of a request, and nothing of what they mean.
  void read_bytes(std::size_t most);

  /// Ignores errors: the peer may be gone.
  void write(std::string_view bytes);

  void close();  ///< With unread input that sends RST, too.
  void reset();  ///< Closes with RST instead of FIN.

 private:
  friend class ScriptedUpstream;

  void wake();

  std::mutex mutex_;  // Of closing and waking, that none of them meets another's descriptor.
  Descriptor socket_;
  std::size_t index_;
  std::string received_;
  resp::RequestParser parser_;
};

/// An upstream that misbehaves as told: runs `script` for each connection, in a thread of its own,
/// and closes the connection when the script returns.
class ScriptedUpstream {
 public:
  using Script = std::function<void(ScriptedConnection&)>;  ///< Called by many threads at a time.

  /// Listens on a free port of 127.0.0.1. Throws std::system_error.
  explicit ScriptedUpstream(Script script);
  /// Shuts all connections down and waits for the scripts to return.
  ~ScriptedUpstream();

  ScriptedUpstream(const ScriptedUpstream&) = delete;
  ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;

  std::uint16_t port() const { return port_; }  ///< On 127.0.0.1.

  /// How many connections were accepted. Thread-safe.
  std::size_t connections() const { return connections_; }

 private:
  struct Served {
    Served(Descriptor socket, std::size_t index) : connection(std::move(socket), index) {}
    ScriptedConnection connection;
    std::atomic<bool> over = false;
    std::thread thread;
  };

  void accept_connections();
  void reap();

  Script script_;
  Descriptor listener_;
  std::uint16_t port_;
  std::atomic<std::size_t> connections_ = 0;
  std::list<Served> served_;  // The accepting thread's, until that was joined.
  std::thread acceptor_;
};

}  // namespace stagecoach::testing
