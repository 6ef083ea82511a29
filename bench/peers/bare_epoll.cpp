// The floor: one thread, one epoll descriptor, one read and one write for what is ready, and no
// upstream. It knows SET and GET, and frees a connection when it ends; nothing else. A gateway does
// all of this and then its job.
//
//   bare_epoll --listen 127.0.0.1:PORT                                (port 0 takes a free one)

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>

#include "common/resp/encode.hpp"
#include "common/resp/request_parser.hpp"

namespace {

namespace resp = stagecoach::resp;

struct Client {
  explicit Client(int socket) : fd(socket) {}

  int fd;
  std::string input;
  std::string output;
  resp::RequestParser parser;
};

int epoll = -1;
std::unordered_map<int, std::unique_ptr<Client>> clients;
std::unordered_map<std::string, std::string> replies;  // by key

void watch(int fd, std::uint32_t events, int operation) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  ::epoll_ctl(epoll, operation, fd, &event);
}

void answer(const resp::Request& request, std::string& output) {
  if (request.args.size() == 2) {
    output += replies[std::string(request.args[1])];
  } else {
    std::string& reply = replies[std::string(request.args[1])];
    reply.clear();
    resp::append_bulk(reply, request.args[2]);
    output += "+OK\r\n";
  }
}

// False: the connection is over.
bool send_output(Client& client) {
  const auto sent = ::send(client.fd, client.output.data(), client.output.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  const auto done = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  if (done == client.output.size()) {
    client.output.clear();
    return true;
  }
  client.output.erase(0, done);
  watch(client.fd, EPOLLOUT, EPOLL_CTL_MOD);  // and read nothing before that is gone
  return true;
}

bool receive(Client& client) {
  static std::array<char, 65536> buffer;
  const auto size = ::recv(client.fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) return size < 0 && errno == EAGAIN;
  client.input.append(buffer.data(), static_cast<std::size_t>(size));
  std::size_t used = 0;
  for (resp::Request request;;) {
    const auto status = client.parser.parse(std::string_view(client.input).substr(used), request);
    used += client.parser.consumed();
    if (status == resp::ParseStatus::incomplete) break;
    if (status != resp::ParseStatus::complete) return false;
    answer(request, client.output);
  }
  client.input.erase(0, used);
  return client.output.empty() || send_output(client);
}

bool serve(Client& client, std::uint32_t events) {
  if ((events & EPOLLOUT) == 0) return receive(client);
  if (!send_output(client)) return false;
  if (client.output.empty()) watch(client.fd, EPOLLIN, EPOLL_CTL_MOD);
  return true;
}

void accept_one(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
  if (fd == -1) return;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  clients[fd] = std::make_unique<Client>(fd);
  watch(fd, EPOLLIN, EPOLL_CTL_ADD);
}

int listen_on(const std::string& host_and_port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto port = std::stoi(host_and_port.substr(host_and_port.find(':') + 1));
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof(address);
  auto* const bound = reinterpret_cast<sockaddr*>(&address);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(listener, bound, size) != 0 || ::listen(listener, SOMAXCONN) != 0) {
    std::perror("bare_epoll");
    ::_exit(1);
  }
  ::getsockname(listener, bound, &size);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || argv[1] != std::string_view("--listen")) {
    std::fprintf(stderr, "usage: bare_epoll --listen 127.0.0.1:PORT\n");
    return 2;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);

  const int listener = listen_on(argv[2]);
  epoll = ::epoll_create1(0);
  watch(listener, EPOLLIN, EPOLL_CTL_ADD);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == listener) {
        accept_one(listener);
      } else if (!serve(*clients[event.data.fd], event.events)) {
        ::close(event.data.fd);
        clients.erase(event.data.fd);
      }
    }
  }
}
