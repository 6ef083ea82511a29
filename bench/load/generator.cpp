#include "bench/load/generator.hpp"

#include <algorithm>
#include <deque>
#include <numeric>
#include <stdexcept>
#include <sys/resource.h>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bench/load/connection.hpp"
#include "bench/load/tally.hpp"
#include "bench/load/workload.hpp"

namespace stagecoach::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t fill_pipeline = 16;
constexpr auto close_grace = 100ms;  // a server that has not closed by then keeps the connection
constexpr auto tick_interval = 10ms;

tcp::endpoint resolve(asio::io_context& io, const Options& options) {
  boost::system::error_code error;
  const auto found = tcp::resolver(io).resolve(options.host, options.port, error);
  if (error) throw std::runtime_error(error.message());
  return found.begin()->endpoint();
}

// Runs that many connections until there are no more requests.
void drive(asio::io_context& io, Run run, std::size_t connections, Tally& tally) {
  std::size_t unfinished = connections;
  std::deque<Connection> clients;
  asio::steady_timer ticker(io);
  std::function<void()> tick = [&] {
    ticker.expires_after(tick_interval);
    ticker.async_wait([&](boost::system::error_code) {
      for (Connection& client : clients) client.tick(Connection::Clock::now());
      if (unfinished > 0) tick();
    });
  };
  run.on_finished = [&] {
    if (--unfinished == 0) ticker.cancel();
  };
  for (std::size_t i = 0; i < connections; ++i) clients.emplace_back(io, run, tally);
  for (Connection& client : clients) client.start();
  tick();
  io.restart();
  io.run();
}

[[noreturn]] void fail(const std::string& what, const Tally& tally) {
  throw std::runtime_error(what + ": " + tally.errors.begin()->first);
}

// Learns it from one request. RESP has no "Connection: close": a client that took the connection
// for kept would send its next request into the server's close.
bool closes_after_reply(asio::io_context& io, Run run, const Exchange& exchange) {
  const Exchange* request = &exchange;
  run.next = [&] { return std::exchange(request, nullptr); };
  run.after_replies = AfterReplies::await_close;
  run.pipeline = 1;
  run.close_timeout = close_grace;
  Tally tally;
  drive(io, run, 1, tally);
  const bool closed = tally.errors.erase(not_closed) == 0;
  if (!tally.errors.empty()) fail("the first request", tally);
  return closed;
}

void fill(asio::io_context& io, Run run, const Workload& workload) {
  std::size_t key = 0;
  run.next = [&] { return key < workload.keys() ? &workload.set(key++) : nullptr; };
  run.pipeline = run.after_replies == AfterReplies::keep ? fill_pipeline : 1;
  Tally tally;
  drive(io, run, 1, tally);
  if (!tally.errors.empty()) fail("filling the keys", tally);
}

std::chrono::nanoseconds cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto sum = [](timeval a, timeval b) {
    return std::chrono::seconds(a.tv_sec + b.tv_sec) +
           std::chrono::microseconds(a.tv_usec + b.tv_usec);
  };
  return sum(usage.ru_utime, usage.ru_stime);
}

// What is measured, from begin() to end().
class Window {
 public:
  explicit Window(Tally& tally) : tally_(tally) {}
  void begin() {
    tally_.measuring = true;
    started_ = Connection::Clock::now();
    cpu_at_start_ = cpu_time();
  }
  void end() {
    tally_.measuring = false;
    elapsed = Connection::Clock::now() - started_;
    cpu = cpu_time() - cpu_at_start_;
  }

  std::chrono::nanoseconds elapsed{};
  std::chrono::nanoseconds cpu{};

 private:
  Tally& tally_;
  Connection::Clock::time_point started_;
  std::chrono::nanoseconds cpu_at_start_{};
};

void run_requests(asio::io_context& io, Run run, const Options& options, Workload& workload,
                  Tally& tally, Window& window) {
  std::uint64_t left = *options.requests;
  run.next = [&]() -> const Exchange* {
    if (left == 0) return nullptr;
    --left;
    return &workload.choose();
  };
  window.begin();
  drive(io, run, options.connections, tally);
  window.end();
}

void run_duration(asio::io_context& io, Run run, const Options& options, Workload& workload,
                  Tally& tally, Window& window) {
  bool over = false;
  run.next = [&] { return over ? nullptr : &workload.choose(); };
  asio::steady_timer warmup(io, options.warmup);
  asio::steady_timer duration(io);
  warmup.async_wait([&](boost::system::error_code) {
    window.begin();
    duration.expires_after(options.duration);
    duration.async_wait([&](boost::system::error_code) {
      window.end();
      over = true;
    });
  });
  drive(io, run, options.connections, tally);
}

}  // namespace

std::uint64_t Result::error_count() const {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& error) { return sum + error.second; });
}

Result generate(const Options& options) {
  asio::io_context io(1);
  Workload workload(options.keys, options.value_size, options.get_ratio, options.seed);
  Run run{.target = resolve(io, options),
          .after_replies = AfterReplies::keep,
          .pipeline = options.pipeline,
          .timeout = options.timeout,
          .close_timeout = options.timeout,
          .next = {},
          .on_finished = {}};

  const bool server_closes = closes_after_reply(io, run, workload.set(0));
  if (server_closes) run.after_replies = AfterReplies::await_close;
  if (options.fill) fill(io, run, workload);
  if (!server_closes && options.connection_use == ConnectionUse::reconnect) {
    run.after_replies = AfterReplies::close;
  }

  Tally tally;
  Window window(tally);
  if (options.requests) {
    run_requests(io, run, options, workload, tally, window);
  } else {
    run_duration(io, run, options, workload, tally, window);
  }
  return {.server_closes = server_closes,
          .requests = tally.latencies.size(),
          .errors = std::move(tally.errors),
          .dials = tally.dials,
          .reconnects = tally.reconnects,
          .elapsed = window.elapsed,
          .cpu = window.cpu,
          .latency = percentiles(std::move(tally.latencies))};
}

}  // namespace stagecoach::bench
