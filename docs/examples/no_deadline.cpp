// SO_RCVTIMEO is no deadline for Asio's blocking reads: told that there is nothing yet, they wait
// for the socket without a limit and try again. How often somebody gave up is counted, not how long
// it took.

#include <array>
#include <cstdio>
#include <future>
#include <sys/socket.h>

#include <boost/asio.hpp>

#include "common/net/socket.hpp"

namespace asio = boost::asio;
namespace net = stagecoach::net;
using Local = asio::local::stream_protocol;

constexpr std::chrono::milliseconds patience(50);

void report(const char* who, const boost::system::error_code& error, std::size_t size) {
  std::printf("%s: %s\n", who, error ? error.message().c_str() : size == 1 ? "a byte" : "?");
}

// Reads from the connection that it is given the reading end of, and reports what came.
struct Connection {
  Connection() {
    asio::local::connect_pair(waits, sends);
    const timeval limit{.tv_sec = 0, .tv_usec = std::chrono::microseconds(patience).count()};
    ::setsockopt(waits.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }

  asio::io_context context;
  Local::socket waits{context};  // Its option says: give up after 50 ms.
  Local::socket sends{context};
  std::array<char, 1> data{};
};

void show_recv_giving_up(int times) {
  Connection bare;
  int gave_up = 0;
  while (gave_up < times && ::recv(bare.waits.native_handle(), bare.data.data(), 1, 0) < 0 &&
         errno == EAGAIN) {
    ++gave_up;
  }
  std::printf("recv(2): gave up, %d times\n", gave_up);
}

// [blocking]
void read_blocking(Connection& connection) {
  boost::system::error_code error;
  const auto size = connection.waits.read_some(asio::buffer(connection.data), error);
  report("read_some", error, size);
}
// [blocking]

// [bounded]
void read_bounded(Connection& connection) {
  connection.waits.async_read_some(
      asio::buffer(connection.data),
      [](const auto& error, std::size_t size) { report("async_read_some", error, size); });
  connection.context.run_for(patience);
  if (!connection.context.stopped()) {  // It still waits: time is up.
    connection.waits.cancel();
    connection.context.run();
  }
}
// [bounded]

int main() {
  Connection blocked;
  auto reader = std::async(std::launch::async, [&] { read_blocking(blocked); });
  show_recv_giving_up(5);
  const bool waits = reader.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  std::printf("read_some, same option: %s\n", waits ? "still waits; now a byte is sent" : "over");
  asio::write(blocked.sends, asio::buffer("!", 1));
  reader.wait();

  Connection bounded;
  read_bounded(bounded);

  Connection ours;
  net::Socket socket(net::Descriptor(::dup(ours.waits.native_handle())));
  const auto size = socket.read_some(ours.data, patience);
  report("net::Socket::read_some", size.error(), size ? *size : 0);
}
