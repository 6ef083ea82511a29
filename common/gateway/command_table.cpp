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

using Args = std::span<const std::string_view>;

constexpr Verdict unknown{.action = Action::forward};
constexpr Verdict read_only{.action = Action::forward, .read_only = true, .shareable = true};
constexpr Verdict write{.action = Action::forward, .shareable = true};
constexpr Verdict answer_here{.action = Action::answer};
constexpr Verdict answer_bracket{.action = Action::answer, .bracket = true};
constexpr Verdict answer_and_end{.action = Action::answer, .last = true, .before_auth = true};
constexpr Verdict answer_before_auth{.action = Action::answer, .before_auth = true};
constexpr Verdict refuse{.action = Action::refuse};
constexpr Verdict refuse_bracket{.action = Action::refuse, .bracket = true};
constexpr Verdict refuse_and_end{.action = Action::refuse, .last = true};

// In refusals, @ stands for the command.
constexpr std::string_view changes_state =
    "ERR @ is not supported by this gateway: it changes the state of a connection that is shared";
constexpr std::string_view blocks =
    "ERR @ is not supported by this gateway: it blocks a connection that is shared";
constexpr std::string_view block_option =
    "ERR @ with BLOCK is not supported by this gateway: it blocks a connection that is shared";
constexpr std::string_view other_database =
    "ERR @ of a database other than 0 is not supported by this gateway: "
    "it changes the state of a connection that is shared";
constexpr std::string_view administers =
    "ERR @ is not supported by this gateway: it administers the server behind it";
constexpr std::string_view shows_secrets =
    "ERR @ of passwords and of patterns is not supported by this gateway: it shows secrets";
constexpr std::string_view no_other = "ERR this @ command is not supported by this gateway";
constexpr std::string_view not_a_cluster = "ERR This instance has cluster support disabled";

/// For a command whose arguments matter: what it becomes if this holds for them.
struct Exception {
  bool (*holds)(Args args);
  Verdict verdict;
};

struct Row {
  Verdict verdict;
  std::string_view commands;
  std::string_view refusal = {};
  const Exception* exception = nullptr;
};

/// Walks the options of XREAD and XREADGROUP as Redis does, so that a group or consumer named BLOCK
/// or STREAMS cannot mislead it.
bool has_block_option(Args args) {
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
/// later versions have more passwords than Redis 7.0: requirepass, masterauth, primaryauth…
bool shows_secret(Args args) {
  return std::ranges::any_of(args.subspan(2), [](std::string_view parameter) {
    return parameter.find_first_of("*?[\\") != parameter.npos || contains_word(parameter, "pass") ||
           contains_word(parameter, "auth");
  });
}

/// Whether SELECT names a possible database other than 0. Redis takes 32 bits.
bool is_other_database(Args args) {
  if (args.size() != 2) return false;
  const std::string_view text = args[1];
  std::int32_t database = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), database);
  const bool canonical = !text.empty() && text.front() >= '1' && text.front() <= '9';
  return canonical && error == std::errc() && end == text.data() + text.size();
}

bool asks_gateway(Args args) { return args.size() == 2 && same_word(args[1], "gateway"); }
bool keeps_replies(Args args) { return args.size() == 3 && same_word(args[2], "on"); }

constexpr Exception blocking{has_block_option, refuse};
constexpr Exception secret{shows_secret, refuse};
constexpr Exception selecting{is_other_database, refuse_bracket};
constexpr Exception own_info{asks_gateway, answer_here};
constexpr Exception replying{keeps_replies, answer_here};

// As in Redis's COMMAND, a|b is sub-command b of a. A row for a alone holds for all sub-commands
// without a row.
constexpr Row table[] = {
    // keys
    {read_only, "exists type ttl pttl expiretime pexpiretime touch dump randomkey"},
    {read_only, "keys scan object sort_ro"},
    {write, "del unlink rename renamenx copy move restore sort"},
    {write, "expire expireat pexpire pexpireat persist"},

    // strings and bits
    {read_only, "get mget getrange substr strlen lcs"},
    {read_only, "getbit bitcount bitpos bitfield_ro"},
    {write, "set mset msetnx setnx setex psetex setrange append getset getdel getex"},
    {write, "incr incrby incrbyfloat decr decrby"},
    {write, "setbit bitop bitfield"},

    // hashes
    {read_only, "hget hmget hgetall hkeys hvals hlen hstrlen hexists hrandfield hscan"},
    {write, "hset hmset hsetnx hdel hincrby hincrbyfloat"},

    // lists
    {read_only, "lindex llen lpos lrange"},
    {write, "lpush lpushx rpush rpushx lpop rpop lmpop lmove rpoplpush"},
    {write, "linsert lset lrem ltrim"},
    {refuse, "blpop brpop blmpop blmove brpoplpush", blocks},

    // sets
    {read_only, "scard sismember smismember smembers srandmember sscan"},
    {read_only, "sdiff sinter sintercard sunion"},
    {write, "sadd srem spop smove sdiffstore sinterstore sunionstore"},

    // sorted sets
    {read_only, "zcard zcount zlexcount zscore zmscore zrank zrevrank zrandmember zscan"},
    {read_only, "zrange zrangebylex zrangebyscore zrevrange zrevrangebylex zrevrangebyscore"},
    {read_only, "zdiff zinter zintercard zunion"},
    {write, "zadd zincrby zrem zremrangebylex zremrangebyrank zremrangebyscore"},
    {write, "zpopmin zpopmax zmpop zrangestore zdiffstore zinterstore zunionstore"},
    {refuse, "bzpopmin bzpopmax bzmpop", blocks},

    // places
    {read_only, "geodist geohash geopos geosearch georadius_ro georadiusbymember_ro"},
    {write, "geoadd geosearchstore georadius georadiusbymember"},

    // cardinalities; PFCOUNT may write down what it counted
    {write, "pfadd pfcount pfmerge"},
    {refuse, "pfdebug pfselftest", administers},

    // streams
    {read_only, "xlen xrange xrevrange xpending xinfo"},
    {write, "xadd xdel xtrim xsetid xack xclaim xautoclaim xgroup"},
    {read_only, "xread", block_option, &blocking},
    {write, "xreadgroup", block_option, &blocking},

    // publish and subscribe
    {write, "publish spublish"},
    {read_only, "pubsub"},
    {refuse_bracket, "subscribe psubscribe ssubscribe", changes_state},
    {refuse_bracket, "unsubscribe punsubscribe sunsubscribe", changes_state},

    // scripts and functions
    {read_only, "eval_ro evalsha_ro fcall_ro script|exists script|help"},
    {read_only, "function|list function|dump function|stats function|help"},
    {write, "eval evalsha fcall script|load script|flush"},
    {write, "function|load function|delete function|flush function|restore"},
    {refuse_and_end, "script|debug", changes_state},
    {refuse, "script|kill function|kill", administers},

    // transactions
    {answer_bracket, "multi exec discard unwatch"},
    {refuse_bracket, "watch", changes_state},

    // the client's own connection
    {answer_here, "ping echo"},
    {answer_before_auth, "auth hello"},
    {answer_and_end, "quit"},
    {answer_here, "client|id client|getname client|setname client|setinfo"},
    {answer_bracket, "select", other_database, &selecting},
    {refuse_and_end, "client|reply", changes_state, &replying},
    {refuse, "reset monitor client|tracking client|caching", changes_state},
    {refuse, "client|no-evict client|no-touch", changes_state},
    {refuse, "client|kill client|pause client|unpause client|unblock", administers},
    {refuse, "client", no_other},

    // looking at the server
    {read_only, "info", {}, &own_info},
    {read_only, "command dbsize time lastsave role lolwut config|help"},
    {read_only, "config|get", shows_secrets, &secret},
    {read_only, "memory|usage memory|stats memory|doctor memory|malloc-stats memory|help"},
    {read_only, "slowlog|get slowlog|len slowlog|help"},
    {read_only, "latency|latest latency|history latency|graph latency|histogram"},
    {read_only, "latency|doctor latency|help"},

    // administering it; the two that only delete keys are for clients
    {write, "flushdb flushall"},
    {refuse, "config|set config|rewrite config|resetstat", administers},
    {refuse, "slowlog|reset latency|reset memory|purge", administers},
    {refuse, "config slowlog latency memory", no_other},
    {refuse, "save bgsave bgrewriteaof shutdown debug swapdb migrate acl module", administers},

    // replication
    {refuse, "wait waitaof", blocks},
    {refuse, "replconf sync psync", changes_state},
    {refuse, "replicaof slaveof failover", administers},

    // cluster
    {read_only, "cluster|info cluster|slots cluster|shards cluster|nodes cluster|links"},
    {read_only, "cluster|myid cluster|keyslot cluster|countkeysinslot cluster|getkeysinslot"},
    {read_only, "cluster|replicas cluster|slaves cluster|count-failure-reports cluster|help"},
    {refuse, "cluster", no_other},
    {refuse, "readonly readwrite asking", not_a_cluster},
    {refuse, "restore-asking", administers},
};

struct Entry {
  Verdict verdict = unknown;
  const Exception* exception = nullptr;
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
      entry = {row.verdict, row.exception, refusal_of(name, row.refusal)};
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

bool is_name(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c >= '!' && c <= '~'; });
}

Verdict apply(const Entry& entry, Args args) {
  const bool excepted = entry.exception != nullptr && entry.exception->holds(args);
  Verdict verdict = excepted ? entry.exception->verdict : entry.verdict;
  if (verdict.action == Action::refuse) verdict.error = entry.refusal;
  return verdict;
}

}  // namespace

Verdict judge(std::span<const std::string_view> args) {
  static const Commands commands = index_table();
  const Command* command = find(commands, args[0]);
  if (!command) return is_name(args[0]) ? unknown : refuse;
  if (args.size() > 1 && !command->sub_commands.empty()) {
    if (const Entry* entry = find(command->sub_commands, args[1])) return apply(*entry, args);
    if (!is_name(args[1])) return refuse;
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
