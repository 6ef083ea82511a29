#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stagecoach::origin {

/// What the server around a Store counts. INFO prints it under these names.
struct Stats {
  std::uint64_t process_id = 0;                  ///< Of the server.
  std::uint16_t tcp_port = 0;                    ///< Where it listens.
  std::uint64_t connected_clients = 0;           ///< Now, including the one that asks.
  std::uint64_t total_connections_received = 0;  ///< Since the start.
  std::uint64_t total_commands_processed = 0;    ///< Including those that got an error.
  std::uint64_t total_reads = 0;  ///< Reads that returned data: shows how many writes arrived.
};

/// Whether `text` is `lower` in any case; `lower` has only small letters.
bool equals_ignoring_case(std::string_view text, std::string_view lower);

/// Strings by key, and the commands on them: PING ECHO GET SET MGET MSET DEL EXISTS INCR INCRBY
/// DBSIZE FLUSHALL INFO CONFIG GET COMMAND.
///
/// Replies are those of Redis 7.0, and errors are too, word for word. The differences: SET takes no
/// options ("ERR syntax error"), INFO ignores its arguments, CONFIG GET knows only what
/// redis-benchmark asks for and no patterns, COMMAND and its sub-commands return an empty array.
/// Does no I/O. Not thread-safe.
class Store {
 public:
  using Args = std::span<const std::string_view>;  ///< A command: its name, then its arguments.

  /// `stats` must outlive the store.
  explicit Store(const Stats& stats) : stats_(stats) {}

  /// Executes a command and appends its reply. `args` must not be empty.
  void execute(Args args, std::string& reply);

  /// Whether there is such a command with so many arguments. If not, appends the error.
  static bool accepts(Args args, std::string& reply);

 private:
  struct Command;
  static const Command* find(Args args, std::string& reply);

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void ping(Args args, std::string& reply);
  void echo(Args args, std::string& reply);
  void get(Args args, std::string& reply);
  void set(Args args, std::string& reply);
  void mget(Args args, std::string& reply);
  void mset(Args args, std::string& reply);
  void del(Args args, std::string& reply);
  void exists(Args args, std::string& reply);
  void incr(Args args, std::string& reply);
  void incrby(Args args, std::string& reply);
  void dbsize(Args args, std::string& reply);
  void flushall(Args args, std::string& reply);
  void info(Args args, std::string& reply);
  void config(Args args, std::string& reply);
  void command(Args args, std::string& reply);

  void append_value(std::string_view key, std::string& reply) const;
  void add(std::string_view key, std::string_view increment, std::string& reply);
  void put(std::string_view key, std::string_view value);

  const Stats& stats_;
  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> values_;
};

}  // namespace stagecoach::origin
