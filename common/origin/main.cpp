#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <system_error>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "common/origin/server.hpp"

namespace {

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// CLI11 finds this by its name. The address is checked when it is bound.
bool lexical_cast(const std::string& text, Endpoint& out) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  out.address = text.substr(0, colon);
  return error == std::errc() && stopped == end;
}

}  // namespace

int main(int argc, char** argv) {
  using stagecoach::origin::ServeOptions;

  Endpoint listen{"127.0.0.1", 7000};
  std::uint64_t delay_us = 0;
  const std::map<std::string, std::uint64_t> units{{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}};

  CLI::App app("A small in-memory server that speaks the Redis protocol");
  app.add_option("--listen", listen, "IPv4 address and port, 0 takes a free port")
      ->type_name("HOST:PORT");
  app.add_option("--delay", delay_us, "Latency of each reply")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "origin: %s\n", error.what());
    return 2;
  }

  try {
    const int fd = stagecoach::origin::listen_on(listen.address, listen.port);
    const auto stop = [](int) { ::_exit(0); };
    std::signal(SIGINT, stop);
    std::signal(SIGTERM, stop);
    std::printf("listening on %s:%d\n", listen.address.c_str(), stagecoach::origin::local_port(fd));
    std::fflush(stdout);
    stagecoach::origin::serve(fd, ServeOptions{std::chrono::microseconds(delay_us)});
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "origin: --listen %s:%d: %s\n", listen.address.c_str(), listen.port,
                 error.what());
    return 1;
  }
}
