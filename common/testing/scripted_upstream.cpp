#include "common/testing/scripted_upstream.hpp"

#include <cerrno>
#include <sys/socket.h>

#include "common/testing/poll_until.hpp"

namespace stagecoach::testing {

ScriptedConnection::ScriptedConnection(Descriptor socket, std::size_t index)
    : socket_(std::move(socket)), index_(index) {
  set_timeout(socket_, longest_wait);
}

std::optional<std::vector<std::string>> ScriptedConnection::read_request() {
  resp::Request request;
  for (;;) {
    const auto status = parser_.parse(received_, request);
    if (status == resp::ParseStatus::complete && request.args[0] != "CONFIG") break;
    if (status == resp::ParseStatus::complete) {
      received_.erase(0, parser_.consumed());
      write("-ERR unknown command 'CONFIG'\r\n");
      continue;
    }
    if (status != resp::ParseStatus::incomplete) return std::nullopt;
    char piece[64 * 1024];
    const auto count = ::recv(socket_.get(), piece, sizeof piece, 0);
    if (count <= 0) return std::nullopt;
    received_.append(piece, static_cast<std::size_t>(count));
  }
  std::vector<std::string> args(request.args.begin(), request.args.end());
  received_.erase(0, parser_.consumed());
  return args;
}

bool ScriptedConnection::wait_for_request() {
  char byte = 0;
  return !received_.empty() || ::recv(socket_.get(), &byte, 1, MSG_PEEK) > 0;
}

void ScriptedConnection::read_bytes(std::size_t most) {
  std::string bytes(most, '\0');
  ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
}

void ScriptedConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void ScriptedConnection::close() {
  const std::lock_guard lock(mutex_);
  Descriptor(std::move(socket_));
}

void ScriptedConnection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void ScriptedConnection::wake() {
  const std::lock_guard lock(mutex_);
  ::shutdown(socket_.get(), SHUT_RDWR);
}

ScriptedUpstream::ScriptedUpstream(Script script)
    : script_(std::move(script)),
      listener_(listen_on_loopback()),
      port_(local_port(listener_)),
      acceptor_([this] { accept_connections(); }) {}

ScriptedUpstream::~ScriptedUpstream() {
  ::shutdown(listener_.get(), SHUT_RDWR);  // wakes accept(); close() would not
  acceptor_.join();
  for (auto& served : served_) served.connection.wake();
  for (auto& served : served_) served.thread.join();
}

void ScriptedUpstream::accept_connections() {
  for (;;) {
    Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.get() == -1) return;
    reap();
    auto& served = served_.emplace_back(std::move(socket), connections_++);
    served.thread = std::thread([this, &served] {
      script_(served.connection);
      served.connection.close();
      served.over = true;
    });
  }
}

void ScriptedUpstream::reap() {
  served_.remove_if([](Served& served) {
    const bool over = served.over;
    if (over) served.thread.join();
    return over;
  });
}

}  // namespace stagecoach::testing
