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

/// A script's view of one connection. Only for the script's thread.
class ScriptedConnection {
 public:
  ScriptedConnection(Descriptor socket, std::size_t index);  ///< Only for ScriptedUpstream.

  /// 0 for the first accepted connection.
  std::size_t index() const { return index_; }

  /// The next request. Nothing once the peer closed, sent rubbish, or was silent for longest_wait,
  /// or the upstream is destroyed; so a script that loops on this ends. Refuses CONFIG, with which
  /// a gateway asks for limits at its start.
  std::optional<std::vector<std::string>> read_request();

  /// Waits until a request begins to arrive, and reads nothing of it. False at the end.
  bool wait_for_request();

  /// Reads at most so many bytes of a request, without parsing them.
  void read_bytes(std::size_t most);

  /// Ignores errors: the peer may be gone.
  void write(std::string_view bytes);

  void close();  ///< Also sends RST if there is unread input.
  void reset();  ///< Closes with RST instead of FIN.

 private:
  friend class ScriptedUpstream;

  void wake();

  std::mutex mutex_;  // for closing and waking: the descriptor may be another's by then
  Descriptor socket_;
  std::size_t index_;
  std::string received_;
  resp::RequestParser parser_;
};

/// An upstream that misbehaves as told. For each connection it runs `script` in a thread of its
/// own, and closes the connection when the script returns.
class ScriptedUpstream {
 public:
  using Script = std::function<void(ScriptedConnection&)>;  ///< Called by many threads at once.

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
  std::list<Served> served_;  // for the accepting thread, until it is joined
  std::thread acceptor_;
};

}  // namespace stagecoach::testing
