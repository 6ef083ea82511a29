#include "common/operations/run_main.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <malloc.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "common/gateway/thread_stack.hpp"
#include "common/operations/check_upstream.hpp"
#include "common/operations/command_line.hpp"
#include "common/operations/listen.hpp"
#include "common/operations/metrics_server.hpp"
#include "common/operations/name_watch.hpp"
#include "common/operations/notify.hpp"
#include "common/origin/embedded.hpp"

namespace stagecoach::operations {
namespace {

timespec to_timespec(net::Timeout time) {
  return {.tv_sec = time.count() / 1000, .tv_nsec = time.count() % 1000 * 1'000'000};
}

std::atomic<gateway::Context*> served = nullptr;
std::atomic<int> served_listener = -1;
std::atomic<bool> told_to_stop = false;
timer_t drain_delay_timer;
constexpr std::chrono::seconds look_up_patience{1};

/// Both call only what a signal handler may call: signal-safety(7).
extern "C" void stop_listening(int /*signal*/) {
  const int error = errno;
  ::shutdown(served_listener, SHUT_RDWR);
  errno = error;
}

extern "C" void stop(int signal) {
  if (told_to_stop.exchange(true)) {
    std::_Exit(EXIT_FAILURE);
  }
  const int error = errno;
  gateway::Context& context = *served;
  context.stopping = true;
  const auto delay = context.options.drain_delay;
  const itimerspec once{.it_interval = {}, .it_value = to_timespec(delay)};
  if (delay == delay.zero() || ::timer_settime(drain_delay_timer, 0, &once, nullptr) != 0) {
    stop_listening(signal);
  }
  errno = error;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

void set_up_log(const gateway::Options& options) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt(options.stage));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %n %l: %v");
  spdlog::set_level(spdlog::level::from_str(options.log_level));
}

/// Large buffers go back to the system as soon as they are freed. Left alone, glibc learns from the
/// first one to keep the next: up to 64 MiB for each thread. Source: mallopt(3).
void give_large_buffers_back() {
  constexpr int large = 1 << 20;
  for (const int threshold : {M_MMAP_THRESHOLD, M_TRIM_THRESHOLD}) {
    ::mallopt(threshold, large);  // NOLINT(concurrency-mt-unsafe): no thread has started yet
  }
}

/// For Prometheus; null if --metrics-listen was not given.
std::unique_ptr<MetricsServer> serve_metrics(const gateway::Context& context) {
  const gateway::Options& options = context.options;
  if (options.metrics_listen.empty()) {
    return nullptr;
  }
  auto listener = listen("--metrics-listen", options.metrics_listen, options.is_public);
  spdlog::info("metrics at http://{}/metrics", net::to_string(listener.address()));
  return std::make_unique<MetricsServer>(std::move(listener), context.counters, options.stage);
}

}  // namespace

int run_main(int argc, char** argv, gateway::Options& options,
             const std::function<void(CLI::App&)>& add_options,
             const std::function<void(gateway::Context&)>& serve) {
  std::signal(SIGPIPE, SIG_IGN);  // if the reader of the log leaves, the clients stay
  CLI::App app(options.purpose, options.stage);
  add_options(app);
  operations::add_options(app, options);
  try {
    app.parse(argc, argv);
    set_up_log(options);
    give_large_buffers_back();
    gateway::set_thread_stacks(gateway::thread_stack_bytes);
    std::optional<origin::EmbeddedOrigin> origin;
    if (options.upstream.empty()) {
      origin.emplace();
      options.upstream = "127.0.0.1:" + std::to_string(origin->port());
    }
    gateway::Context context{.options = options,
                             .upstream = {look_up("--upstream", options.upstream)}};
    NameWatch watch(context.upstream, options.upstream, net::resolve_all);
    check_upstream(context);
    auto metrics = serve_metrics(context);
    serve(context);
    metrics.reset();
    if (!watch.stop(look_up_patience)) {
      std::_Exit(EXIT_SUCCESS);  // all clients are served, and the resolver cannot be interrupted
    }
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "%s: %s (see --help)\n", options.stage.c_str(), error.what());
    return 2;
  } catch (const OptionError& error) {
    std::fprintf(stderr, "%s: %s (see --help)\n", options.stage.c_str(), error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", options.stage.c_str(), error.what());
    return 1;
  }
  return 0;
}

void fit_max_clients(gateway::Options& options, std::size_t each, std::size_t shared) {
  constexpr std::size_t always = 16;  // standard streams, listener, epoll, log
  const std::size_t reserve =
      always + (options.metrics_listen.empty() ? 0 : MetricsServer::descriptors);
  const std::size_t descriptors = net::raise_descriptor_limit();
  if (descriptors < reserve + shared + each) {
    throw std::runtime_error("the limit of " + std::to_string(descriptors) +
                             " open files leaves no room for a client: raise it (ulimit -n)");
  }
  const std::size_t fits = (descriptors - reserve - shared) / each;
  if (options.max_clients > fits) {
    spdlog::warn("--max-clients {} lowered to {}: the limit of open files is {} (ulimit -n)",
                 options.max_clients, fits, descriptors);
    options.max_clients = fits;
  }
}

void stop_on_signals(gateway::Context& context, net::Listener& listener) {
  served = &context;
  served_listener = listener.native_handle();
  sigevent on_expiry{};
  on_expiry.sigev_notify = SIGEV_SIGNAL;
  on_expiry.sigev_signo = SIGALRM;
  ::timer_create(CLOCK_MONOTONIC, &on_expiry, &drain_delay_timer);
  handle(SIGALRM, stop_listening);
  handle(SIGTERM, stop);
  handle(SIGINT, stop);
  if (!is_ignored(SIGHUP)) {
    handle(SIGHUP, stop);
  }
}

void announce(const net::Listener& listener) {
  std::printf("listening on %s\n", net::to_string(listener.address()).c_str());
  std::fflush(stdout);
  notify("READY=1");
}

}  // namespace stagecoach::operations
