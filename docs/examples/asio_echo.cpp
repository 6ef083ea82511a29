// The smallest server on Asio's coroutines: it sends back what it gets.

#include <array>
#include <cstdio>

#include <boost/asio.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;

// [echo]
asio::awaitable<void> serve(tcp::socket client) {
  for (std::array<char, 512> data;;) {
    const auto size = co_await client.async_read_some(asio::buffer(data), asio::use_awaitable);
    co_await asio::async_write(client, asio::buffer(data, size), asio::use_awaitable);
  }
}

asio::awaitable<void> accept(tcp::acceptor acceptor) {
  for (;;) {
    tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(client)), asio::detached);
  }
}
// [echo]

int main() {
  // [main]
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  std::printf("listening on 127.0.0.1:%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::co_spawn(context, accept(std::move(acceptor)), asio::detached);
  context.run();  // The event loop: this thread serves every client from here on.
  // [main]
}
