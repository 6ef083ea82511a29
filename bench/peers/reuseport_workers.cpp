// The yardstick for stage 4's channel: the same workers without it. Each loop has a listener of its
// own on the one port, and the kernel deals connections out to them by a hash of their addresses
// (SO_REUSEPORT, socket(7)). It refuses no client. SIGTERM ends it at once, once it has said how
// many connections each listener had.
//
//   reuseport_workers --listen 127.0.0.1:PORT --upstream 127.0.0.1:PORT --workers N

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <sys/socket.h>

#include <CLI/CLI.hpp>

#include "common/gateway/drain.hpp"
#include "common/operations/listen.hpp"
#include "common/operations/run_main.hpp"
#include "stage3_keepalive/keepalive_options.hpp"
#include "stage4_workers/client.hpp"
#include "stage4_workers/worker.hpp"

namespace stagecoach {
namespace {

struct Listener {
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

  Listener(asio::io_context& loop, const net::Endpoint& address)
      : acceptor(loop, address.protocol()) {
    acceptor.set_option(ReusePort(true));
    acceptor.set_option(Acceptor::reuse_address(true));
    acceptor.set_option(Acceptor::keep_alive(true));
    acceptor.set_option(asio::ip::tcp::no_delay(true));
    acceptor.non_blocking(true);
    acceptor.bind(address);
    acceptor.listen();
  }

  Acceptor acceptor;
  gateway::Counter accepted = 0;
};

Awaitable<void> serve_connection(Worker& worker, net::Descriptor accepted,
                                 gateway::Context& context) {
  const Worker::Seat seat(worker);
  Client client(worker.loop, worker.sockets, std::move(accepted));
  const KeepaliveOptions keepalive;
  gateway::Session session(context, keepalive.max_requests);
  while (co_await read_requests(client, session, keepalive.idle_timeout, context)) {
    if (!co_await worker.upstream.forward(session, client) ||
        !co_await write_replies(client, session, context)) {
      co_return;
    }
  }
  co_await linger(client, gateway::linger_timeout);
}

Awaitable<void> work(Worker& worker, Listener& listener, gateway::Context& context) {
  for (;;) {
    co_await listener.acceptor.async_wait(Listener::Acceptor::wait_read, as_tuple);
    const int fd = listener.acceptor.native_handle();
    while (net::Descriptor client{::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC)}) {
      gateway::add(listener.accepted);
      gateway::add(context.counters.connections_accepted);
      gateway::add(context.counters.connections_open);
      spawn(worker.loop, serve_connection(worker, std::move(client), context));
    }
  }
}

}  // namespace
}  // namespace stagecoach

int main(int argc, char** argv) {
  using namespace stagecoach;
  sigset_t stop;  // Waited for, and so blocked in every thread.
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  WorkerOptions options;
  gateway::Options gateway_options{.stage = "reuseport_workers",
                                   .purpose = "Stage 4's workers, a listener each",
                                   .listen = "127.0.0.1:0"};
  const auto add_options = [&](CLI::App& app) { options.add_to(app); };
  return operations::run_main(
      argc, argv, gateway_options, add_options, [&](gateway::Context& context) {
        Workers workers(context, PoolOptions(), options);
        std::deque<Listener> listeners;
        auto address = operations::look_up("--listen", gateway_options.listen).front();
        workers.start([&](Worker& worker) {
          Listener& listener = listeners.emplace_back(worker.loop, address);
          address = listener.acceptor.local_endpoint();  // The others take the same port.
          return work(worker, listener, context);
        });
        std::printf("listening on %s\n", net::to_string(address).c_str());
        std::fflush(stdout);

        int signal = 0;
        ::sigwait(&stop, &signal);
        std::printf("accepted by each listener:");
        for (const Listener& listener : listeners) {
          std::printf(" %zu", listener.accepted.load());
        }
        std::printf("\n");
        std::fflush(stdout);
        std::_Exit(EXIT_SUCCESS);
      });
}
