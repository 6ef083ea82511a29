#include "common/gateway/command_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <strings.h>
#include <unordered_map>

#include "common/resp/unknown_command.hpp"

namespace stagecoach::gateway {
namespace {

enum class Rule {
  unknown,
  read_only,
  write,
  read_only_unless_block,
  write_unless_block,
  answer,
  answer_before_auth,       // AUTH and HELLO, which may hold the password
  last_answer,              // QUIT: no request after it is served
  answer_if_gateway,        // INFO gateway; other sections are read-only.
  answer_unless_positive,   // SELECT 0; other databases are refused.
  answer_bracket,           // MULTI and its like: see brackets.hpp
  refuse_bracket,           // SUBSCRIBE and its like
  answer_if_on,             // CLIENT REPLY ON; what silences replies ends the connection.
  read_only_unless_secret,  // CONFIG GET; what may show a password is refused.
  refuse,
  refuse_and_end,  // What comes behind it would mean something else.
};

// In refusals, @ stands for the command.
constexpr std::string_view changes_state =
    "ERR @ is not supported by this gateway: it changes the state of a connection that is shared";
constexpr std::string_view blocks =
    "ERR @ is not supported by this gateway: it blocks a connection that is shared";
constexpr std::string_view block_option =
    "ERR @ with BLOCK is not supported by this gateway: it blocks a connection that is shared";
constexpr std::string_view other_database =
    "ERR @ of another database than 0 is not supported by this gateway: "
    "it changes the state of a connection that is shared";
constexpr std::string_view administers =
    "ERR @ is not supported by this gateway: it administers the server behind it";
constexpr std::string_view shows_secrets =
    "ERR @ of passwords and of patterns is not supported by this gateway: it shows secrets";
constexpr std::string_view no_other = "ERR this @ command is not supported by this gateway";
constexpr std::string_view not_a_cluster = "ERR This instance has cluster support disabled";

struct Row {
  Rule rule;
  std::string_view commands;
  std::string_view refusal = {};
};

// As in Redis's COMMAND, a|b is sub-command b of a. A row that names a alone holds for those of its
// sub-commands that no row names.
constexpr Row table[] = {
    // keys
    {Rule::read_only, "exists type ttl pttl expiretime pexpiretime touch dump randomkey"},
    {Rule::read_only, "keys scan object sort_ro"},
    {Rule::write, "del unlink rename renamenx copy move restore sort"},
    {Rule::write, "expire expireat pexpire pexpireat persist"},

    // strings and bits
    {Rule::read_only, "get mget getrange substr strlen lcs"},
    {Rule::read_only, "getbit bitcount bitpos bitfield_ro"},
    {Rule::write, "set mset msetnx setnx setex psetex setrange append getset getdel getex"},
    {Rule::write, "incr incrby incrbyfloat decr decrby"},
    {Rule::write, "setbit bitop bitfield"},

    // hashes
    {Rule::read_only, "hget hmget hgetall hkeys hvals hlen hstrlen hexists hrandfield hscan"},
    {Rule::write, "hset hmset hsetnx hdel hincrby hincrbyfloat"},

    // lists
    {Rule::read_only, "lindex llen lpos lrange"},
    {Rule::write, "lpush lpushx rpush rpushx lpop rpop lmpop lmove rpoplpush"},
    {Rule::write, "linsert lset lrem ltrim"},
    {Rule::refuse, "blpop brpop blmpop blmove brpoplpush", blocks},

    // sets
    {Rule::read_only, "scard sismember smismember smembers srandmember sscan"},
    {Rule::read_only, "sdiff sinter sintercard sunion"},
    {Rule::write, "sadd srem spop smove sdiffstore sinterstore sunionstore"},

    // sorted sets
    {Rule::read_only, "zcard zcount zlexcount zscore zmscore zrank zrevrank zrandmember zscan"},
    {Rule::read_only, "zrange zrangebylex zrangebyscore zrevrange zrevrangebylex zrevrangebyscore"},
    {Rule::read_only, "zdiff zinter zintercard zunion"},
    {Rule::write, "zadd zincrby zrem zremrangebylex zremrangebyrank zremrangebyscore"},
    {Rule::write, "zpopmin zpopmax zmpop zrangestore zdiffstore zinterstore zunionstore"},
    {Rule::refuse, "bzpopmin bzpopmax bzmpop", blocks},

    // places
    {Rule::read_only, "geodist geohash geopos geosearch georadius_ro georadiusbymember_ro"},
    {Rule::write, "geoadd geosearchstore georadius georadiusbymember"},

    // cardinalities; PFCOUNT may write down what it counted
    {Rule::write, "pfadd pfcount pfmerge"},
    {Rule::refuse, "pfdebug pfselftest", administers},

    // streams
    {Rule::read_only, "xlen xrange xrevrange xpending xinfo"},
    {Rule::write, "xadd xdel xtrim xsetid xack xclaim xautoclaim xgroup"},
    {Rule::read_only_unless_block, "xread", block_option},
    {Rule::write_unless_block, "xreadgroup", block_option},

    // publish and subscribe
    {Rule::write, "publish spublish"},
    {Rule::read_only, "pubsub"},
    {Rule::refuse_bracket, "subscribe psubscribe ssubscribe", changes_state},
    {Rule::refuse_bracket, "unsubscribe punsubscribe sunsubscribe", changes_state},

    // scripts and functions
    {Rule::read_only, "eval_ro evalsha_ro fcall_ro script|exists script|help"},
    {Rule::read_only, "function|list function|dump function|stats function|help"},
    {Rule::write, "eval evalsha fcall script|load script|flush"},
    {Rule::write, "function|load function|delete function|flush function|restore"},
    {Rule::refuse_and_end, "script|debug", changes_state},
    {Rule::refuse, "script|kill function|kill", administers},

    // transactions
    {Rule::answer_bracket, "multi exec discard unwatch"},
    {Rule::refuse_bracket, "watch", changes_state},

    // the client's own connection
    {Rule::answer, "ping echo"},
    {Rule::answer_before_auth, "auth hello"},
    {Rule::last_answer, "quit"},
    {Rule::answer, "client|id client|getname client|setname client|setinfo"},
    {Rule::answer_unless_positive, "select", other_database},
    {Rule::answer_if_on, "client|reply", changes_state},
    {Rule::refuse, "reset monitor client|tracking client|caching", changes_state},
    {Rule::refuse, "client|no-evict client|no-touch", changes_state},
    {Rule::refuse, "client|kill client|pause client|unpause client|unblock", administers},
    {Rule::refuse, "client", no_other},

    // looking at the server
    {Rule::answer_if_gateway, "info"},
    {Rule::read_only, "command dbsize time lastsave role lolwut config|help"},
    {Rule::read_only_unless_secret, "config|get", shows_secrets},
    {Rule::read_only, "memory|usage memory|stats memory|doctor memory|malloc-stats memory|help"},
    {Rule::read_only, "slowlog|get slowlog|len slowlog|help"},
    {Rule::read_only, "latency|latest latency|history latency|graph latency|histogram"},
    {Rule::read_only, "latency|doctor latency|help"},

    // administering it; the two that only delete keys are a client's business
    {Rule::write, "flushdb flushall"},
    {Rule::refuse, "config|set config|rewrite config|resetstat", administers},
    {Rule::refuse, "slowlog|reset latency|reset memory|purge", administers},
    {Rule::refuse, "config slowlog latency memory", no_other},
    {Rule::refuse, "save bgsave bgrewriteaof shutdown debug swapdb migrate acl module",
     administers},

    // replication
    {Rule::refuse, "wait waitaof", blocks},
    {Rule::refuse, "replconf sync psync", changes_state},
    {Rule::refuse, "replicaof slaveof failover", administers},

    // cluster
    {Rule::read_only, "cluster|info cluster|slots cluster|shards cluster|nodes cluster|links"},
    {Rule::read_only, "cluster|myid cluster|keyslot cluster|countkeysinslot cluster|getkeysinslot"},
    {Rule::read_only, "cluster|replicas cluster|slaves cluster|count-failure-reports cluster|help"},
    {Rule::refuse, "cluster", no_other},
    {Rule::refuse, "readonly readwrite asking", not_a_cluster},
    {Rule::refuse, "restore-asking", administers},
};

struct Entry {
  Rule rule = Rule::unknown;
  std::string refusal = {};
};

using SubCommands = std::unordered_map<std::string_view, Entry>;

struct Command {
  Entry entry;
  SubCommands sub_commands;
};

using Commands = std::unordered_map<std::string_view, Command>;

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

std::string refusal_of(std::string_view name, std::string_view refusal) {
  std::string text(refusal);
  if (const auto at = text.find('@'); at != text.npos) {
    std::string upper(name);
    std::ranges::replace(upper, '|', ' ');
    std::ranges::transform(upper, upper.begin(), to_upper);
    text.replace(at, 1, upper);
  }
  return text;
}

Commands index_table() {
  Commands commands;
  for (const Row& row : table) {
    for (std::string_view rest = row.commands; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      const auto bar = std::min(name.find('|'), name.size());
      Command& command = commands[name.substr(0, bar)];
      Entry& entry =
          bar == name.size() ? command.entry : command.sub_commands[name.substr(bar + 1)];
      entry = {row.rule, refusal_of(name, row.refusal)};
    }
  }
  return commands;
}

template <typename Map>
const typename Map::mapped_type* find(const Map& map, std::string_view name) {
  std::array<char, 32> lower;
  if (name.size() > lower.size()) return nullptr;
  std::ranges::transform(name, lower.begin(), to_lower);
  const auto found = map.find(std::string_view(lower.data(), name.size()));
  return found == map.end() ? nullptr : &found->second;
}

/// Walks the options of XREAD and XREADGROUP as Redis does, so that no group or consumer that is
/// called BLOCK or STREAMS leads it astray.
bool has_block_option(std::span<const std::string_view> args) {
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (same_word(args[i], "streams")) return false;
    if (same_word(args[i], "block")) return true;
    if (same_word(args[i], "group")) {
      i += 2;
    } else if (same_word(args[i], "count")) {
      i += 1;
    }
  }
  return false;
}

bool contains_word(std::string_view text, std::string_view word) {
  while (text.size() >= word.size() && !same_word(text.substr(0, word.size()), word)) {
    text.remove_prefix(1);
  }
  return text.size() >= word.size();
}

/// Whether CONFIG GET would show a password, or takes a pattern, which may match one. Modules and
/// later versions have more of them than Redis 7.0: requirepass, masterauth, primaryauth…
bool shows_secret(std::span<const std::string_view> args) {
  return std::ranges::any_of(args.subspan(2), [](std::string_view parameter) {
    return parameter.find_first_of("*?[\\") != parameter.npos || contains_word(parameter, "pass") ||
           contains_word(parameter, "auth");
  });
}

/// Whether SELECT names a database that there may be, other than 0. Redis takes 32 bits.
bool is_other_database(std::string_view text) {
  std::int32_t database = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), database);
  const bool canonical = !text.empty() && text.front() >= '1' && text.front() <= '9';
  return canonical && error == std::errc() && end == text.data() + text.size();
}

bool is_name(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c >= '!' && c <= '~'; });
}

constexpr Verdict forward_unknown{.action = Action::forward};
constexpr Verdict refuse_unknown{.action = Action::refuse};
constexpr Verdict forward_read{.action = Action::forward, .read_only = true, .shareable = true};
constexpr Verdict forward_write{.action = Action::forward, .shareable = true};
constexpr Verdict answer_here{.action = Action::answer};
constexpr Verdict answer_bracket{.action = Action::answer, .bracket = true};
constexpr Verdict answer_and_end{.action = Action::answer, .last = true, .before_auth = true};
constexpr Verdict answer_before_auth{.action = Action::answer, .before_auth = true};

Verdict apply(const Entry& entry, std::span<const std::string_view> args) {
  const Verdict refuse{.action = Action::refuse, .error = entry.refusal};
  const Verdict refuse_and_end{.action = Action::refuse, .last = true, .error = entry.refusal};
  const Verdict refuse_bracket{.action = Action::refuse, .bracket = true, .error = entry.refusal};
  switch (entry.rule) {
    case Rule::unknown:
      return forward_unknown;
    case Rule::read_only:
      return forward_read;
    case Rule::write:
      return forward_write;
    case Rule::read_only_unless_block:
      return has_block_option(args) ? refuse : forward_read;
    case Rule::write_unless_block:
      return has_block_option(args) ? refuse : forward_write;
    case Rule::answer:
      return answer_here;
    case Rule::answer_before_auth:
      return answer_before_auth;
    case Rule::last_answer:
      return answer_and_end;
    case Rule::answer_if_gateway:
      return args.size() == 2 && same_word(args[1], "gateway") ? answer_here : forward_read;
    case Rule::answer_unless_positive:
      return args.size() == 2 && is_other_database(args[1]) ? refuse_bracket : answer_bracket;
    case Rule::answer_bracket:
      return answer_bracket;
    case Rule::refuse_bracket:
      return refuse_bracket;
    case Rule::answer_if_on:
      return args.size() == 3 && same_word(args[2], "on") ? answer_here : refuse_and_end;
    case Rule::read_only_unless_secret:
      return shows_secret(args) ? refuse : forward_read;
    case Rule::refuse:
      return refuse;
    case Rule::refuse_and_end:
      return refuse_and_end;
  }
  return forward_unknown;
}

}  // namespace

Verdict judge(std::span<const std::string_view> args) {
  static const Commands commands = index_table();
  const Command* command = find(commands, args[0]);
  if (!command) return is_name(args[0]) ? forward_unknown : refuse_unknown;
  if (args.size() > 1 && !command->sub_commands.empty()) {
    if (const Entry* entry = find(command->sub_commands, args[1])) return apply(*entry, args);
    if (!is_name(args[1])) return refuse_unknown;
  }
  return apply(command->entry, args);
}

std::string refusal(const Verdict& verdict, std::span<const std::string_view> args) {
  if (!verdict.error.empty()) return std::string(verdict.error);
  return is_name(args[0]) ? resp::unknown_subcommand(args) : resp::unknown_command(args);
}

bool same_word(std::string_view arg, std::string_view word) {
  return arg.size() >= word.size() && (arg.size() == word.size() || arg[word.size()] == '\0') &&
         strncasecmp(arg.data(), word.data(), word.size()) == 0;
}

}  // namespace stagecoach::gateway
