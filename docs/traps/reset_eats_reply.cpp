#include <sys/socket.h>
#include <thread>

#include "common/net/listener.hpp"
#include "common/net/socket.hpp"
#include "docs/traps/trap.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title = "reset_eats_reply: a close with unread input destroys the reply on its way";
constexpr net::Timeout patience{10'000};

// [wrong]
/// Answers, and closes with the rest of what the client sent unread: the kernel sends RST.
void answer_and_close(net::Socket client, const std::string& reply) {
  client.write_all(reply, patience);
}
// [wrong]

// [cured]
/// Answers, ends its own sending (FIN), and reads on until the client has closed, too.
void answer_and_linger(net::Socket client, const std::string& reply) {
  client.write_all(reply, patience);
  net::linger(client, patience);
}
// [cured]

/// What a client receives if it asks, sends something more, and reads a little later.
void show_client(Report& report, void (*serve)(net::Socket, const std::string&), bool survives) {
  const std::string sent(200'000, 'r');
  net::Listener listener(*net::resolve("127.0.0.1:0"));
  net::Socket client = *net::dial(listener.address(), patience);
  net::Socket server(*listener.accept());
  const int small = 32 * 1024;  // So that most of the reply waits at the server.
  const int large = 1 << 20;
  ::setsockopt(client.native_handle(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
  ::setsockopt(server.native_handle(), SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
  client.write_all("request and something that nobody reads", patience);
  char byte = 0;
  server.read_some({&byte, 1}, patience);

  std::jthread serving(serve, std::move(server), sent);
  if (!survives) {
    serving.join();
  }
  std::size_t received = 0;
  std::string piece(sent.size(), '\0');
  auto count = client.read_some(piece, patience);
  for (; count && *count > 0; count = client.read_some(piece, patience)) {
    received += *count;
  }
  client.release();
  const std::string end = count ? "end of file" : count.error().message();
  const bool whole = received == sent.size();
  report.saw("a reply of 200000 bytes -> " + std::string(whole ? "all of it" : "not all of it") +
                 ", then: " + end,
             whole == survives && count.has_value() == survives);
}

void show(Report& report) {
  report.wrong("write, close");
  show_client(report, answer_and_close, false);
  report.cured("write, net::linger, close");
  show_client(report, answer_and_linger, true);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
