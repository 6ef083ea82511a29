#include "bench/contract/stage.hpp"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

namespace stagecoach::testing {
namespace {

std::unique_ptr<ChildProcess> start_at(std::uint16_t port, const std::vector<std::string>& args) {
  auto process = std::make_unique<ChildProcess>(args);
  const auto decided = [&] { return process->wait(0ms).has_value() || !refuses_connections(port); };
  if (!poll_until(decided) || process->wait(0ms)) {
    throw std::runtime_error(args[0] + " did not start (./run installs what is missing): " +
                             process->output() + process->errors());
  }
  return process;
}

}  // namespace

std::string Stage::executable() const {
  static const std::string executables[] = {STAGE1, STAGE2, STAGE3, STAGE4};
  return executables[number - 1];
}

ServerProcess Stage::start(const Options& more) const {
  Options all = options;
  all.insert(all.end(), more.begin(), more.end());
  if (number == 4 && std::ranges::find(all, "--workers") == all.end()) {
    all.insert(all.end(), {"--workers", "2"});
  }
  return ServerProcess(executable(), all);
}

std::vector<Stage> all_stages() {
  return {{"stage1", 1}, {"stage2", 2}, {"stage3", 3}, {"stage4", 4}};
}

std::vector<Stage> stages_with_a_pool() {
  return {{"stage2", 2}, {"stage3", 3}, {"stage4", 4, {"--pipeline-depth", "1"}}};
}

std::vector<Stage> stages_that_keep_clients() { return {{"stage3", 3}, {"stage4", 4}}; }

std::string stage_name(const ::testing::TestParamInfo<Stage>& info) { return info.param.name; }

std::string at(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

Counters counters(const ServerProcess& gateway) {
  RespClient client(gateway.port());
  return info(client);
}

void expect_conservation_laws(const ServerProcess& gateway) {
  Counters now;
  const auto at_rest = [&] {
    now = counters(gateway);  // the one connection that is open is the one that asks
    return now["connections_open"] == 1 && now["requests_in_flight"] == 0 &&
           now["connections_accepted"] ==
               now["connections_served"] + now["connections_refused"] + 1 &&
           now["pool_acquires"] == now["pool_hits"] + now["pool_misses"] &&
           now["upstream_dials"] - now["upstream_closed"] == now["upstream_open"];
  };
  EXPECT_TRUE(poll_until(at_rest)) << ::testing::PrintToString(now);
}

Reply ReusingClient::command(std::initializer_list<std::string_view> args) {
  if (!connection_) {
    connection_.emplace(port_);
  }
  auto reply = connection_->command(args);
  if (!keep_) {
    if (!connection_->closed_by_peer(longest_wait)) {
      throw std::runtime_error("the connection was not closed after its reply");
    }
    connection_.reset();
  }
  return reply;
}

ReservedPort::ReservedPort()
    : socket_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  const int on = 1;
  checked(::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind");
}

std::unique_ptr<ChildProcess> origin_at(std::uint16_t port) {
  return start_at(port, {ORIGIN, "--listen", at(port)});
}

std::unique_ptr<ChildProcess> redis_at(std::uint16_t port, const Options& more) {
  std::vector<std::string> args{
      "redis-server", "--bind", "127.0.0.1",    "--port", std::to_string(port),
      "--save",       "",       "--appendonly", "no"};
  args.insert(args.end(), more.begin(), more.end());
  auto redis = start_at(port, args);
  RespClient(port).command({"NOSUCH"});  // it listens before it answers; this is not in its counts
  return redis;
}

ServerProcess start_origin(const Options& options) { return ServerProcess(ORIGIN, options); }

bool refuses_connections(std::uint16_t port) {
  try {
    connect_to_loopback(port);
  } catch (const std::system_error& error) {
    return error.code() == std::errc::connection_refused;
  }
  return false;
}

bool silent(const RespClient& client) {
  char byte = 0;
  return ::recv(client.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

}  // namespace stagecoach::testing
