#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "common/gateway/command_table.hpp"
#include "common/resp/encode.hpp"
#include "common/resp/fuzz/check.hpp"
#include "common/resp/request_parser.hpp"
#include "common/testing/child_process.hpp"
#include "common/testing/poll_until.hpp"
#include "common/testing/resp_client.hpp"

namespace stagecoach::gateway::fuzz {
namespace {

using resp::fuzz::check;
using testing::RespClient;
using Args = std::vector<std::string>;

constexpr std::string_view secret = "Xy7-nobody-guesses-this";

/// A Redis of our own, on a socket with a name in the file system. On TCP the ports would run out,
/// because connections come and go faster than TIME_WAIT.
class Redis {
 public:
  Redis()
      : process_({"redis-server", "--port", "0", "--unixsocket", path_, "--save", "",
                  "--appendonly", "no", "--enable-debug-command", "no", "--proto-max-bulk-len",
                  "1mb", "--requirepass", std::string(secret), "--masterauth", std::string(secret),
                  // Scripts call commands that the gateway does not see, and they may loop.
                  "--rename-command", "EVAL", "", "--rename-command", "EVAL_RO", "",
                  "--rename-command", "EVALSHA", "", "--rename-command", "EVALSHA_RO", "",
                  "--rename-command", "FCALL", "", "--rename-command", "FCALL_RO", ""}) {
    if (!testing::poll_until([&] { return ended() || listens(); }) || ended()) {
      std::fprintf(
          stderr,
          "fuzz_commands: redis-server did not start (./run installs what is missing): %s\n",
          (process_.output() + process_.errors()).c_str());
      std::_Exit(1);
    }
  }
  ~Redis() { std::filesystem::remove(path_); }
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  /// Also if Redis is not installed.
  bool ended() { return process_.wait(std::chrono::milliseconds(0)).has_value(); }

  /// A connection like those that the gateway makes.
  RespClient connect() const {
    testing::Descriptor socket(
        testing::checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path_.copy(name.sun_path, sizeof name.sun_path - 1);
    testing::checked(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name),
                     "connect");
    RespClient client(std::move(socket));
    client.command({"AUTH", secret});
    return client;
  }

 private:
  bool listens() const {
    try {
      connect();
    } catch (const std::system_error&) {
      return false;
    }
    return true;
  }

  const std::string path_ =
      std::filesystem::temp_directory_path() / ("fuzz_commands." + std::to_string(::getpid()));
  testing::ChildProcess process_;
};

class Fuzz {
 public:
  void test(std::string_view input) {
    if (input.find(secret) != input.npos) return;  // an error may show it
    const Args args = split(input);
    const std::optional<Verdict> verdict = judged(args);
    if (!verdict || verdict->action != Action::forward) return;
    if (verdict->shareable) {
      ask(shared_, {args});
    } else {
      RespClient alone = redis_.connect();
      ask(alone, with_endings(args));
    }
    check(shared_.command({"FLUSHALL"}).text == "OK", "the shared connection is as it was");
    check(!redis_.ended(), "Redis lives");
  }

 private:
  /// Bytes that UTF-8 does not have separate the arguments.
  static Args split(std::string_view input) {
    Args args;
    for (;;) {
      const std::size_t end = input.find('\xff');
      args.emplace_back(input.substr(0, end));
      if (end == input.npos) return args;
      input.remove_prefix(end + 1);
    }
  }

  static std::string encode(const Args& args) {
    std::string wire;
    resp::append_request(wire, std::vector<std::string_view>(args.begin(), args.end()));
    return wire;
  }

  /// What a session makes of it; nothing if this is no Redis client at all.
  static std::optional<Verdict> judged(const Args& args) {
    const std::string wire = encode(args);
    resp::RequestParser parser;
    resp::Request request;
    if (parser.parse(wire, request) != resp::ParseStatus::complete) return {};
    const Verdict verdict = judge(request.args);
    if (verdict.action == Action::refuse) {
      check(refusal(verdict, request.args).starts_with("ERR "), "a refusal says why");
    }
    return verdict;
  }

  /// Redis compares names up to a NUL, but only names with the same hash, and the hash has a secret
  /// in each process. So a forwarded name with a NUL is tried with many endings.
  static std::vector<Args> with_endings(const Args& args) {
    std::vector<Args> all{args};
    for (std::size_t i = 0; i < std::min<std::size_t>(args.size(), 2); ++i) {
      if (args[i].find('\0') == std::string::npos) continue;
      const int endings = i == 0 ? 500 : 20;  // sub-commands are few
      for (int ending = 0; ending < endings; ++ending) {
        Args other = args;
        other[i] += std::to_string(ending);
        const auto verdict = judged(other);
        if (verdict && verdict->action == Action::forward) all.push_back(std::move(other));
      }
    }
    return all;
  }

  void ask(RespClient& client, const std::vector<Args>& requests) {
    std::string wires;
    std::set<std::string> asked;
    for (const Args& args : requests) {
      wires += encode(args);
      asked.insert(lower(args[0]));
      if (args.size() > 1) asked.insert(lower(args[0]) + '|' + lower(args[1]));
    }
    try {
      client.send_raw(wires);
      for (std::size_t i = 0; i < requests.size(); ++i) {
        check(client.read_reply().raw.find(secret) == std::string::npos, "no secret is shown");
      }
    } catch (const std::exception& error) {
      check(false, error.what());
    }
    for (const std::string& name : executed()) {
      check(asked.contains(name), "Redis executes what it is asked for by its name, alone");
    }
  }

  static std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  /// The commands called, rejected or failed since the last look, except our own.
  std::set<std::string> executed() {
    std::set<std::string> names;
    std::istringstream lines(shared_.command({"INFO", "commandstats"}).text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t colon = line.find(':');
      if (!line.starts_with("cmdstat_") || colon == line.npos) continue;
      const std::string name = line.substr(8, colon - 8);
      std::string& before = stats_[name];
      const bool own = name == "info" || name == "flushall" || name == "auth";
      if (before != line && !own) names.insert(name);
      before = line;
    }
    return names;
  }

  Redis redis_;
  RespClient shared_ = redis_.connect();
  std::map<std::string, std::string> stats_;
};

}  // namespace
}  // namespace stagecoach::gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static stagecoach::gateway::fuzz::Fuzz fuzz;
  fuzz.test({reinterpret_cast<const char*>(data), size});
  return 0;
}
