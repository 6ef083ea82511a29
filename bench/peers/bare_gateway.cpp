// The yardstick for stage 1: bare sockets, a thread for each connection, a connection for each
// request. It parses, times out and counts nothing, and takes what one read returns for a message.
//   bare_gateway --listen 127.0.0.1:PORT --upstream 127.0.0.1:PORT     (port 0 takes a free one)

#include <arpa/inet.h>
#include <cstdio>
#include <list>
#include <mutex>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

std::mutex mutex;
std::list<std::thread> running;
std::list<std::thread> finished;

sockaddr_in address_of(const std::string& host_and_port) {
  const auto colon = host_and_port.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(host_and_port.substr(colon + 1))));
  if (::inet_pton(AF_INET, host_and_port.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    std::fprintf(stderr, "bare_gateway: %s is no IPv4 address and port\n", host_and_port.c_str());
    ::_exit(2);
  }
  return address;
}

// [serve]
int tcp_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

void serve(int client, const sockaddr_in& upstream_address) {
  char buffer[16 * 1024];
  if (const auto request = ::recv(client, buffer, sizeof(buffer), 0); request > 0) {
    const int upstream = tcp_socket();
    if (::connect(upstream, reinterpret_cast<const sockaddr*>(&upstream_address),
                  sizeof(upstream_address)) == 0) {
      ::send(upstream, buffer, static_cast<std::size_t>(request), MSG_NOSIGNAL);
      if (const auto reply = ::recv(upstream, buffer, sizeof(buffer), 0); reply > 0) {
        ::send(client, buffer, static_cast<std::size_t>(reply), MSG_NOSIGNAL);
      }
    }
    ::close(upstream);
  }
  ::close(client);
}
// [serve]

/// As large as the stages': see common/gateway/thread_stack.hpp.
void set_thread_stacks() {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, 256 * 1024);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bare_gateway --listen 127.0.0.1:PORT --upstream 127.0.0.1:PORT\n");
    return 2;
  }
  set_thread_stacks();
  sockaddr_in address = address_of(argv[2]);
  const sockaddr_in upstream = address_of(argv[4]);
  // [accept]
  socklen_t size = sizeof(address);
  auto* const bound = reinterpret_cast<sockaddr*>(&address);
  const int listener = tcp_socket();
  if (::bind(listener, bound, size) != 0 || ::listen(listener, SOMAXCONN) != 0) {
    std::perror("bare_gateway");
    return 1;
  }
  ::getsockname(listener, bound, &size);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  for (;;) {
    const int client = ::accept(listener, nullptr, nullptr);
    std::list<std::thread> ended;
    std::list<std::thread>::iterator self;
    {
      const std::lock_guard lock(mutex);
      ended.swap(finished);
      self = running.emplace(running.end());
    }
    for (auto& thread : ended) {
      thread.join();
    }
    *self = std::thread([client, upstream, self] {
      serve(client, upstream);
      const std::lock_guard ending(mutex);
      finished.splice(finished.end(), running, self);
    });
  }
  // [accept]
}
