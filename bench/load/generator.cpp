#include "bench/load/generator.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bench/load/drive.hpp"
#include "bench/load/schedule.hpp"
#include "bench/load/workload.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/endpoint.hpp"

namespace stagecoach::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t fill_pipeline = 16;
constexpr auto idle_patience = 300ms;  // for the only reply on a connection that then stays silent

// The first endpoint that accepts a connection.
tcp::endpoint resolve(asio::io_context& io, const Options& options) {
  const auto found = net::resolve_all(options.target);
  if (!found) throw std::runtime_error(found.error().message());
  if (found->size() == 1) return found->front();
  boost::system::error_code error;
  tcp::socket probe(io);
  tcp::endpoint target = asio::connect(probe, *found, error);
  if (error) throw std::runtime_error(error.message());
  return target;
}

[[noreturn]] void fail(const std::string& what, const Tally& tally) {
  throw std::runtime_error(what + ": " + tally.errors.begin()->first);
}

// Learns it from two requests in a row: RESP has no "Connection: close".
bool closes_after_reply(asio::io_context& io, Run run, const Expectation& expected) {
  int left = 2;
  run.next = [&](Clock::time_point now) { return Request{left-- > 0 ? &expected : nullptr, now}; };
  run.pipeline = 1;
  Tally tally;
  tally.open_window();
  drive(io, run, 1, tally);
  if (!tally.errors.empty()) fail("the first request", tally);
  return tally.reconnects > 0;
}

void fill(asio::io_context& io, Run run, const Workload& workload) {
  std::size_t key = 0;
  run.next = [&](Clock::time_point now) {
    return Request{key < workload.keys() ? &workload.set(key++) : nullptr, now};
  };
  run.pipeline = run.after_replies == AfterReplies::keep ? fill_pipeline : 1;
  Tally tally;
  drive(io, run, 1, tally);
  if (!tally.errors.empty()) fail("filling the keys", tally);
}

void run_requests(asio::io_context& io, Run run, const Options& options, Workload& workload,
                  Tally& tally) {
  std::uint64_t left = *options.requests;
  run.next = [&](Clock::time_point now) -> Request {
    if (left == 0) return {};
    --left;
    return {&workload.choose(), now};
  };
  tally.open_window();
  drive(io, run, options.connections, tally);
  tally.close_window();
}

// Ctrl-C ends the run early.
void run_duration(asio::io_context& io, Run run, const Options& options, Workload& workload,
                  Tally& tally) {
  const auto begin = Clock::now();
  const auto start = begin + options.warmup;
  const auto end = start + options.duration;
  asio::steady_timer starter(io, start);
  asio::steady_timer ender(io, end);
  asio::signal_set interrupt(io, SIGINT);
  std::optional<Schedule> schedule;
  if (options.rate) schedule.emplace(*options.rate, begin, end);
  bool over = false;
  starter.async_wait([&](boost::system::error_code) { tally.open_window(); });
  ender.async_wait([&](boost::system::error_code) {
    tally.close_window();
    over = true;
    interrupt.cancel();
    interrupt.clear();  // the next one kills
  });
  interrupt.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    if (schedule) schedule->end(Clock::now());
    starter.cancel();
    ender.cancel();
  });
  if (schedule) {
    return drive_on_schedule(io, run, options.connections, workload, *schedule, tally);
  }
  run.next = [&](Clock::time_point now) {
    return Request{over ? nullptr : &workload.choose(), now};
  };
  drive(io, run, options.connections, tally);
}

// The time that generators on several hosts agreed on.
void sleep_until(std::chrono::system_clock::time_point start) {
  if (start < std::chrono::system_clock::now()) {
    throw std::runtime_error("--start-at: it was past before all was prepared");
  }
  std::this_thread::sleep_until(start);
}

// Whether the server answers a PING on the connection in time.
bool answers(tcp::socket& socket) {
  static constexpr std::string_view ping = "*1\r\n$4\r\nPING\r\n";
  const timeval patience{.tv_sec = 0, .tv_usec = std::chrono::microseconds(idle_patience).count()};
  const int fd = socket.native_handle();
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  std::array<char, 64> reply;
  return ::send(fd, ping.data(), ping.size(), MSG_NOSIGNAL) > 0 &&
         ::recv(fd, reply.data(), reply.size(), 0) > 0;
}

// Connections that get one reply each, so that the server has served them, and then stay silent.
// Once one of them gets no reply, the others do not ask.
std::vector<tcp::socket> open_idle(asio::io_context& io, const Run& run, std::size_t count) {
  std::vector<tcp::socket> sockets;
  bool ask = true;
  for (std::size_t i = 0; i < count; ++i) {
    boost::system::error_code error;
    sockets.emplace_back(io).connect(run.target, error);
    if (error) {
      throw std::runtime_error("idle connection " + std::to_string(i + 1) + ": " + error.message());
    }
    ask = ask && answers(sockets.back());
  }
  return sockets;
}

// Throws if the system's limit is lower.
void raise_descriptor_limit(std::size_t connections) {
  constexpr std::size_t other_descriptors = 32;
  const std::size_t needed = connections + other_descriptors;
  if (const std::size_t limit = net::raise_descriptor_limit(); limit < needed) {
    throw std::runtime_error(std::to_string(connections) + " connections take " +
                             std::to_string(needed) + " descriptors, and the system allows " +
                             std::to_string(limit) + " (ulimit -Hn)");
  }
}

}  // namespace

Outcome generate(const Options& options) {
  raise_descriptor_limit(options.connections + options.idle);
  asio::io_context io(1);
  Workload workload(options.keys, options.value_size, options.get_ratio, options.seed);
  Run run{.target = resolve(io, options),
          .after_replies = AfterReplies::keep,
          .pipeline = options.pipeline,
          .timeout = options.timeout,
          .next = {},
          .on_idle = {}};

  const bool server_closes = closes_after_reply(io, run, workload.set(0));
  if (server_closes) run.after_replies = AfterReplies::await_close;
  if (options.fill) fill(io, run, workload);
  if (!server_closes && options.connection_use == ConnectionUse::reconnect) {
    run.after_replies = AfterReplies::close;
  }

  const auto idle = open_idle(io, run, options.idle);
  if (options.start_at) sleep_until(*options.start_at);
  Tally tally;
  if (options.requests) {
    run_requests(io, run, options, workload, tally);
  } else {
    run_duration(io, run, options, workload, tally);
  }
  return {server_closes, std::move(tally)};
}

}  // namespace stagecoach::bench
