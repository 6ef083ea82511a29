#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stagecoach::gateway {

/// What a gateway does with a request.
enum class Action {
  forward,  ///< Send it upstream.
  answer,   ///< Reply here: see local_answers.hpp.
  refuse,   ///< Reply with an error and keep the connection.
};

/// What judge() decides. Each member but the first counts for the action that it names.
struct Verdict {
  Action action;  ///< What becomes of the request.

  /// Answer, refuse: what the client sent behind this is not served, and its connection ends.
  bool last = false;

  /// Answer, refuse: opens or closes what Brackets keeps, which has the last word.
  bool bracket = false;

  /// Answer: also where the client has not given the password that it needs. At once, before what
  /// it sent behind this is judged, for here it may give it.
  bool before_auth = false;

  /// Forward: may be sent again if its connection died before a byte of its reply came.
  bool read_only = false;

  /// Forward: known to get exactly one reply, so it may share an upstream connection.
  bool shareable = false;

  /// Refuse: the whole text, "ERR …"; valid as long as the program runs. Empty where the text
  /// depends on the arguments: refusal() has it.
  std::string_view error = {};
};

/// Decides by the command and, where they matter, its sub-command or its options. `args` holds the
/// command and its arguments, at least the command.
///
/// A gateway keeps no state for its clients, so it refuses what changes the state of an upstream
/// connection or blocks it. What only looks at the server (CONFIG GET, SLOWLOG GET, CLUSTER NODES)
/// is forwarded, unless it may show a password; what administers it is refused.
///
/// A name has nothing but printable ASCII in it. Others are refused, as are those of sub-commands:
/// Redis 7.0 compares names up to their first NUL only, so that it takes some CONFIG\0x for CONFIG
/// (dictSdsKeyCaseCompare() in server.c).
///
/// A command that the table does not know is forwarded as a write that shares its connection with
/// nobody: nothing comes behind it there, so the state that it leaves and what it says later reach
/// no client, and what blocks is given up at --request-timeout. It may be a module's, a later
/// Redis's, or one that the server's rename-command has hidden: whoever knows that name may use it,
/// unless an ACL says else.
///
/// Thread-safe. Allocates nothing after the first call. Source: COMMAND of Redis 7.0.
Verdict judge(std::span<const std::string_view> args);

/// The text of a refusal: the verdict's, or else Redis's own for a name that it does not know.
std::string refusal(const Verdict& verdict, std::span<const std::string_view> args);

/// Whether `arg` is `word` as Redis compares options: in any case, and up to arg's first NUL.
bool same_word(std::string_view arg, std::string_view word);

}  // namespace stagecoach::gateway
