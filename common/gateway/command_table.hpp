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

/// What judge() decides. Each member after the first counts only for the action that it names.
struct Verdict {
  Action action;  ///< What to do with the request.

  /// Answer, refuse: later requests are not served, and the connection ends.
  bool last = false;

  /// Answer, refuse: opens or closes a bracket, so Brackets has the last word.
  bool bracket = false;

  /// Answer: even if the client has not given the password. At once, before later requests are
  /// judged, because this one may give it.
  bool before_auth = false;

  /// Forward: may be sent again if the connection died before a byte of the reply came.
  bool read_only = false;

  /// Forward: gets exactly one reply, so it may share an upstream connection.
  bool shareable = false;

  /// Refuse: the whole text, "ERR …", valid as long as the program runs. Empty if the text depends
  /// on the arguments: refusal() has it.
  std::string_view error = {};
};

/// Decides by the command and, if they matter, its sub-command or options. `args` holds the command
/// and its arguments, at least the command.
///
/// A gateway keeps no state for its clients, so it refuses commands that change the state of an
/// upstream connection or block it. Commands that only look at the server (CONFIG GET, SLOWLOG GET,
/// CLUSTER NODES) are forwarded, unless they may show a password. Commands that administer it are
/// refused.
///
/// Names of commands and sub-commands must be printable ASCII; others are refused. Redis 7.0
/// compares names only up to their first NUL, so it takes CONFIG\0x for CONFIG
/// (dictSdsKeyCaseCompare() in server.c).
///
/// An unknown command is forwarded as a write that has its connection alone, and the last there. So
/// the state that it leaves and its later replies reach no client, and if it blocks it is given up
/// at --request-timeout. It may come from a module, from a later Redis, or from rename-command:
/// whoever knows a hidden name may use it, unless an ACL forbids it.
///
/// Thread-safe. Allocates nothing after the first call. Source: COMMAND of Redis 7.0.
Verdict judge(std::span<const std::string_view> args);

/// The text of a refusal: the verdict's, or else Redis's own for an unknown name.
std::string refusal(const Verdict& verdict, std::span<const std::string_view> args);

/// Whether `arg` is `word`, as Redis compares options: ignores case, stops at arg's first NUL.
bool same_word(std::string_view arg, std::string_view word);

}  // namespace stagecoach::gateway
