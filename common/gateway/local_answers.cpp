#include "common/gateway/local_answers.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/gateway/command_table.hpp"
#include "common/gateway/password.hpp"
#include "common/resp/encode.hpp"

namespace stagecoach::gateway {
namespace {

using Args = std::span<const std::string_view>;

constexpr std::string_view bad_name =
    "ERR Client names cannot contain spaces, newlines or special characters.";
constexpr std::size_t longest_name = 1024;  // kept while the client stays
constexpr std::string_view long_name =
    "ERR Client names of more than 1024 bytes are not supported by this gateway";

constexpr std::string_view no_integer = "ERR value is not an integer or out of range";
constexpr std::string_view no_32_bits =
    "ERR value is out of range, value must between -2147483648 and 2147483647";

constexpr std::string_view no_password_set =
    "ERR AUTH <password> called without any password configured for the default user. "
    "Are you sure your configuration is correct?";
constexpr std::string_view wrong_password =
    "WRONGPASS invalid username-password pair or user is disabled.";
constexpr std::string_view hello_before_auth =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH "
    "<user> <pass> option can be used to authenticate the client and select the RESP protocol "
    "version at the same time";

void wrong_number_of_arguments(std::string_view command, std::string& reply) {
  const std::string text = std::string("ERR wrong number of arguments for '").append(command);
  resp::append_error(reply, text + "' command");
}

/// What is wrong with a client's name; empty: nothing.
std::string_view name_error(std::string_view name) {
  if (name.size() > longest_name) return long_name;
  const bool plain = std::ranges::all_of(name, [](char c) { return c >= '!' && c <= '~'; });
  return plain ? std::string_view() : bad_name;
}

void answer_ping(Args args, const ClientState& client, std::string& reply) {
  if (args.size() > 2) return wrong_number_of_arguments("ping", reply);
  if (client.late) return resp::append_error(reply, "ERR gateway is shutting down");
  if (args.size() == 2) return resp::append_bulk(reply, args[1]);
  resp::append_simple(reply, "PONG");
}

void answer_echo(Args args, std::string& reply) {
  if (args.size() != 2) return wrong_number_of_arguments("echo", reply);
  resp::append_bulk(reply, args[1]);
}

/// SELECT of 0, or of a database that cannot exist; all others are refused.
void answer_select(Args args, std::string& reply) {
  if (args.size() != 2) return wrong_number_of_arguments("select", reply);
  const std::string_view text = args[1];
  std::int64_t database = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), database);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && text == "0") return resp::append_simple(reply, "OK");
  if (!whole || text != std::to_string(database)) return resp::append_error(reply, no_integer);
  const bool fits = database == static_cast<std::int32_t>(database);
  resp::append_error(reply, fits ? "ERR DB index is out of range" : no_32_bits);
}

void answer_client(Args args, ClientState& client, std::string& reply) {
  if (same_word(args[1], "id")) {
    if (args.size() != 2) return wrong_number_of_arguments("client|id", reply);
    return resp::append_integer(reply, static_cast<std::int64_t>(client.id));
  }
  if (same_word(args[1], "getname")) {
    if (args.size() != 2) return wrong_number_of_arguments("client|getname", reply);
    return client.name.empty() ? resp::append_null(reply) : resp::append_bulk(reply, client.name);
  }
  if (same_word(args[1], "setname")) {
    if (args.size() != 3) return wrong_number_of_arguments("client|setname", reply);
    if (const auto error = name_error(args[2]); !error.empty()) {
      return resp::append_error(reply, error);
    }
    client.name = args[2];
    return resp::append_simple(reply, "OK");
  }
  if (same_word(args[1], "setinfo") && args.size() != 4) {
    return wrong_number_of_arguments("client|setinfo", reply);
  }
  resp::append_simple(reply, "OK");  // also for CLIENT REPLY ON
}

/// What is wrong with a user and its password; if nothing, the client is authenticated.
std::string_view auth_error(std::string_view user, std::string_view given, ClientState& client,
                            const std::string& password) {
  const bool accepted = password.empty() || is_password(given, password);
  if (!accepted || user != "default") return wrong_password;
  client.authenticated = true;
  return {};
}

void answer_auth(Args args, ClientState& client, const std::string& password, std::string& reply) {
  if (args.size() == 1) return wrong_number_of_arguments("auth", reply);
  if (args.size() > 3) return resp::append_error(reply, "ERR syntax error");
  if (args.size() == 2 && password.empty()) return resp::append_error(reply, no_password_set);
  const auto user = args.size() == 3 ? args[1] : "default";
  const auto error = auth_error(user, args.back(), client, password);
  if (!error.empty()) return resp::append_error(reply, error);
  resp::append_simple(reply, "OK");
}

/// What is wrong with HELLO's arguments; if nothing, the client's name is set.
std::optional<std::string> hello_error(Args args, ClientState& client,
                                       const std::string& password) {
  const auto needs_auth = [&] { return !password.empty() && !client.authenticated; };
  if (args.size() == 1) {
    return needs_auth() ? std::optional<std::string>(hello_before_auth) : std::nullopt;
  }
  int version = 0;
  const char* end = args[1].data() + args[1].size();
  const auto parsed = std::from_chars(args[1].data(), end, version);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return "ERR Protocol version is not an integer or out of range";
  }
  if (version != 2) return "NOPROTO unsupported protocol version";

  std::optional<std::string_view> name;
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (same_word(args[i], "auth") && i + 2 < args.size()) {
      const auto error = auth_error(args[i + 1], args[i + 2], client, password);
      if (!error.empty()) return std::string(error);
      i += 2;
      continue;
    }
    if (!same_word(args[i], "setname") || i + 1 == args.size()) {
      return std::string("ERR Syntax error in HELLO option '").append(args[i]) + "'";
    }
    name = args[++i];
    if (const auto error = name_error(*name); !error.empty()) return std::string(error);
  }
  if (needs_auth()) return std::string(hello_before_auth);
  if (name) client.name = *name;
  return {};
}

void answer_hello(Args args, ClientState& client, const std::string& password, std::string& reply) {
  if (const auto error = hello_error(args, client, password)) {
    return resp::append_error(reply, *error);
  }
  resp::append_array(reply, 14);
  const auto field = [&reply](std::string_view name, std::string_view value) {
    resp::append_bulk(reply, name);
    resp::append_bulk(reply, value);
  };
  field("server", "redis");
  field("version", "7.0.0");
  resp::append_bulk(reply, "proto");
  resp::append_integer(reply, 2);
  resp::append_bulk(reply, "id");
  resp::append_integer(reply, static_cast<std::int64_t>(client.id));
  field("mode", "standalone");
  field("role", "master");
  resp::append_bulk(reply, "modules");
  resp::append_array(reply, 0);
}

}  // namespace

void answer(Args args, ClientState& client, const Context& context, std::string& reply) {
  const std::string_view command = args[0];
  const Options& options = context.options;
  if (same_word(command, "ping")) return answer_ping(args, client, reply);
  if (same_word(command, "echo")) return answer_echo(args, reply);
  if (same_word(command, "select")) return answer_select(args, reply);
  if (same_word(command, "client")) return answer_client(args, client, reply);
  if (same_word(command, "auth")) return answer_auth(args, client, options.password, reply);
  if (same_word(command, "hello")) return answer_hello(args, client, options.password, reply);
  if (same_word(command, "info")) {
    return resp::append_bulk(reply, info(context.counters, options.stage));
  }
  resp::append_simple(reply, "OK");  // QUIT
}

}  // namespace stagecoach::gateway
