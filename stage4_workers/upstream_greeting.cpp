#include "stage4_workers/upstream_greeting.hpp"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "common/gateway/login.hpp"
#include "common/gateway/upstream.hpp"

namespace stagecoach {
namespace {

namespace asio = boost::asio;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable_t<net::LoopExecutor>());

net::Task<boost::system::error_code> log_in(net::AsioSocket& socket,
                                            const gateway::Options& options) {
  gateway::Login login(options);
  const auto [write_error, written] =
      co_await asio::async_write(socket, asio::buffer(login.request()), as_values);
  if (write_error) {
    co_return write_error;
  }
  std::array<char, 256> chunk;
  while (!login.done()) {
    const auto [error, count] = co_await socket.async_read_some(asio::buffer(chunk), as_values);
    if (error) {
      co_return error;
    }
    login.take({chunk.data(), count});
  }
  co_return login.accepted() ? boost::system::error_code() : gateway::upstream_refused_password();
}

}  // namespace

net::Greeting upstream_greeting(const gateway::Options& options) {
  if (options.upstream_password.empty()) {
    return {};
  }
  return [&options](net::AsioSocket& socket) { return log_in(socket, options); };
}

}  // namespace stagecoach
