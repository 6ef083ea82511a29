#include "common/testing/resp_client.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

#include "common/resp/encode.hpp"
#include "common/testing/poll_until.hpp"

namespace stagecoach::testing {

namespace {

/// Takes one element from the front of `bytes`, which hold a complete reply.
Reply parse(std::string_view& bytes) {
  const auto start = bytes;
  const auto line_end = bytes.find("\r\n");
  const std::string line(bytes.substr(1, line_end - 1));
  bytes.remove_prefix(line_end + 2);

  Reply reply;
  switch (start[0]) {
    case '+':
    case '-':
      reply.type = start[0] == '+' ? Reply::Type::simple : Reply::Type::error;
      reply.text = line;
      break;
    case ':':
      reply.type = Reply::Type::integer;
      reply.integer = std::stoll(line);
      break;
    case '$':
      if (line == "-1") break;
      reply.type = Reply::Type::bulk;
      reply.text = bytes.substr(0, std::stoul(line));
      bytes.remove_prefix(reply.text.size() + 2);
      break;
    case '*':
      if (line == "-1") break;
      reply.type = Reply::Type::array;
      for (auto left = std::stoul(line); left > 0; --left) reply.elements.push_back(parse(bytes));
      break;
    default:
      throw std::runtime_error("not a RESP2 reply: " + line);
  }
  reply.raw = start.substr(0, start.size() - bytes.size());
  return reply;
}

}  // namespace

RespClient::RespClient(std::uint16_t port) : RespClient(connect_to_loopback(port)) {}

RespClient::RespClient(Descriptor connected) : socket_(std::move(connected)) {
  set_timeout(socket_, longest_wait);
}

void RespClient::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) throw std::system_error(errno, std::generic_category(), "send");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RespClient::send(std::initializer_list<std::string_view> args) {
  send_raw(resp::request(args));
}

Reply RespClient::read_reply() {
  resp::ReplyScanner scanner;
  std::size_t scanned = 0;
  for (;;) {
    const auto [status, used] = scanner.scan(std::string_view(received_).substr(scanned));
    scanned += used;
    if (status == resp::ScanStatus::complete) break;
    if (status == resp::ScanStatus::malformed) throw std::runtime_error("malformed reply");
    if (!receive()) throw std::runtime_error("closed by the peer before the reply was complete");
  }
  auto bytes = std::string_view(received_).substr(0, scanned);
  auto reply = parse(bytes);
  received_.erase(0, scanned);
  return reply;
}

Reply RespClient::command(std::initializer_list<std::string_view> args) {
  send(args);
  return read_reply();
}

void RespClient::shutdown_write() { checked(::shutdown(socket_.get(), SHUT_WR), "shutdown"); }

std::string RespClient::read_until_closed() {
  while (receive()) {
  }
  return std::exchange(received_, {});
}

bool RespClient::closed_by_peer(std::chrono::milliseconds bound) {
  const auto end = std::chrono::steady_clock::now() + bound;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd readable{socket_.get(), POLLIN, 0};
    const int timeout = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    if (checked(::poll(&readable, 1, timeout), "poll") == 0) return false;
    if (!receive()) return true;
  }
}

/// Appends what arrives to received_. False: closed or reset.
bool RespClient::receive() {
  char piece[64 * 1024];
  ssize_t count = 0;
  do {
    count = ::recv(socket_.get(), piece, sizeof piece, 0);
  } while (count == -1 && errno == EINTR);
  if (count == -1 && errno != ECONNRESET) {
    throw std::system_error(errno, std::generic_category(), "recv");
  }
  if (count <= 0) return false;
  received_.append(piece, static_cast<std::size_t>(count));
  return true;
}

std::map<std::string, std::uint64_t> info(RespClient& client, std::string_view section) {
  std::map<std::string, std::uint64_t> values;
  std::istringstream lines(client.command({"INFO", section}).text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (!line.ends_with('\r') || colon == std::string::npos) continue;
    const auto value = line.substr(colon + 1, line.size() - colon - 2);
    const bool number =
        !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    if (number) values[line.substr(0, colon)] = std::stoull(value);
  }
  return values;
}

}  // namespace stagecoach::testing
