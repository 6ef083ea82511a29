#include "common/origin/store.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/resp/encode.hpp"
#include "common/resp/unknown_command.hpp"

namespace stagecoach::origin {

namespace {

void wrong_arity(std::string_view command, std::string& reply) {
  resp::append_error(reply,
                     "ERR wrong number of arguments for '" + std::string(command) + "' command");
}

/// Only the form in which Redis prints the number: no "+1", "01", "-0" or " 1".
std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (std::to_string(value) != text) return std::nullopt;
  return value;
}

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) { return (a | 0x20) == b; });
}

struct Store::Command {
  std::string_view name;
  int arity;  // counts the name; -n is "n or more", as in Redis
  void (Store::*run)(Args, std::string&);
};

void Store::execute(Args args, std::string& reply) {
  if (const Command* command = find(args, reply)) {
    (this->*command->run)(args, reply);
  }
}

bool Store::accepts(Args args, std::string& reply) { return find(args, reply) != nullptr; }

/// If there is no such command, appends the error.
const Store::Command* Store::find(Args args, std::string& reply) {
  static constexpr Command commands[] = {
      {"get", 2, &Store::get},          {"set", -3, &Store::set},
      {"mget", -2, &Store::mget},       {"mset", -3, &Store::mset},
      {"del", -2, &Store::del},         {"exists", -2, &Store::exists},
      {"incr", 2, &Store::incr},        {"incrby", 3, &Store::incrby},
      {"ping", -1, &Store::ping},       {"echo", 2, &Store::echo},
      {"dbsize", 1, &Store::dbsize},    {"flushall", -1, &Store::flushall},
      {"info", -1, &Store::info},       {"config", -2, &Store::config},
      {"command", -1, &Store::command},
  };
  for (const Command& command : commands) {
    if (!equals_ignoring_case(args[0], command.name)) continue;
    const int count = static_cast<int>(args.size());
    if (command.arity >= 0 ? count == command.arity : count >= -command.arity) return &command;
    wrong_arity(command.name, reply);
    return nullptr;
  }
  resp::append_error(reply, resp::unknown_command(args));
  return nullptr;
}

void Store::ping(Args args, std::string& reply) {
  if (args.size() == 1) return resp::append_simple(reply, "PONG");
  if (args.size() > 2) return wrong_arity("ping", reply);
  resp::append_bulk(reply, args[1]);
}

void Store::echo(Args args, std::string& reply) { resp::append_bulk(reply, args[1]); }

void Store::get(Args args, std::string& reply) { append_value(args[1], reply); }

void Store::set(Args args, std::string& reply) {
  if (args.size() > 3) return resp::append_error(reply, "ERR syntax error");
  put(args[1], args[2]);
  resp::append_simple(reply, "OK");
}

void Store::mget(Args args, std::string& reply) {
  resp::append_array(reply, args.size() - 1);
  for (auto key : args.subspan(1)) append_value(key, reply);
}

void Store::mset(Args args, std::string& reply) {
  if (args.size() % 2 == 0) return wrong_arity("mset", reply);
  for (std::size_t i = 1; i < args.size(); i += 2) put(args[i], args[i + 1]);
  resp::append_simple(reply, "OK");
}

void Store::del(Args args, std::string& reply) {
  std::int64_t deleted = 0;
  for (auto key : args.subspan(1)) {
    if (auto found = values_.find(key); found != values_.end()) {
      values_.erase(found);
      ++deleted;
    }
  }
  resp::append_integer(reply, deleted);
}

void Store::exists(Args args, std::string& reply) {
  resp::append_integer(reply, std::ranges::count_if(args.subspan(1), [&](auto key) {
                         return values_.contains(key);
                       }));
}

void Store::incr(Args args, std::string& reply) { add(args[1], "1", reply); }

void Store::incrby(Args args, std::string& reply) { add(args[1], args[2], reply); }

void Store::dbsize(Args, std::string& reply) {
  resp::append_integer(reply, static_cast<std::int64_t>(values_.size()));
}

void Store::flushall(Args args, std::string& reply) {
  const bool known =
      args.size() == 1 || (args.size() == 2 && (equals_ignoring_case(args[1], "async") ||
                                                equals_ignoring_case(args[1], "sync")));
  if (!known) return resp::append_error(reply, "ERR syntax error");
  values_.clear();
  resp::append_simple(reply, "OK");
}

void Store::info(Args, std::string& reply) {
  std::string text = "# Server\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\n";
  const auto line = [&text](std::string_view name, std::uint64_t value) {
    text.append(name).append(":").append(std::to_string(value)).append("\r\n");
  };
  line("process_id", stats_.process_id);
  line("tcp_port", stats_.tcp_port);
  text += "\r\n# Clients\r\n";
  line("connected_clients", stats_.connected_clients);
  text += "\r\n# Persistence\r\nloading:0\r\n\r\n# Stats\r\n";
  line("total_connections_received", stats_.total_connections_received);
  line("total_commands_processed", stats_.total_commands_processed);
  line("total_reads", stats_.total_reads);
  text += "\r\n# Replication\r\nrole:master\r\n";
  resp::append_bulk(reply, text);
}

void Store::config(Args args, std::string& reply) {
  if (!equals_ignoring_case(args[1], "get")) {
    return resp::append_error(reply, resp::unknown_subcommand(args));
  }
  if (args.size() == 2) return wrong_arity("config|get", reply);

  std::string pairs;
  std::size_t length = 0;
  const auto append_pair = [&](std::string_view name, std::string_view value) {
    resp::append_bulk(pairs, name);
    resp::append_bulk(pairs, value);
    length += 2;
  };
  for (auto name : args.subspan(2)) {
    if (equals_ignoring_case(name, "save")) append_pair("save", "");
    if (equals_ignoring_case(name, "appendonly")) append_pair("appendonly", "no");
  }
  resp::append_array(reply, length);
  reply += pairs;
}

void Store::command(Args, std::string& reply) { resp::append_array(reply, 0); }

void Store::append_value(std::string_view key, std::string& reply) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return resp::append_null(reply);
  resp::append_bulk(reply, found->second);
}

void Store::add(std::string_view key, std::string_view increment, std::string& reply) {
  const auto found = values_.find(key);
  const auto value = found == values_.end() ? 0 : to_integer(found->second);
  const auto amount = to_integer(increment);
  if (!value || !amount) {
    return resp::append_error(reply, "ERR value is not an integer or out of range");
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*value, *amount, &sum)) {
    return resp::append_error(reply, "ERR increment or decrement would overflow");
  }
  put(key, std::to_string(sum));
  resp::append_integer(reply, sum);
}

void Store::put(std::string_view key, std::string_view value) {
  if (auto found = values_.find(key); found != values_.end()) {
    found->second = value;
  } else {
    values_.emplace(key, value);
  }
}

}  // namespace stagecoach::origin
