#include <csignal>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/system/system_error.hpp>

#include "common/net/listener.hpp"
#include "common/origin/server.hpp"

int main(int argc, char** argv) {
  using namespace stagecoach;

  std::string listen = "127.0.0.1:7000";
  std::uint64_t delay_us = 0;
  const std::map<std::string, std::uint64_t> units{{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}};

  CLI::App app("A small in-memory server that speaks the Redis protocol");
  app.add_option("--listen", listen, "Where clients connect; port 0 takes a free one")
      ->check([](const std::string& text) {
        return net::is_host_and_port(text) ? "" : "'" + text + "' is not HOST:PORT";
      })
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
    net::Listener listener(net::resolve(listen).value());
    const auto stop = [](int) { ::_exit(0); };
    std::signal(SIGINT, stop);
    std::signal(SIGTERM, stop);
    std::printf("listening on %s\n", net::to_string(listener.address()).c_str());
    std::fflush(stdout);
    origin::serve(listener.release().release(),
                  origin::ServeOptions{std::chrono::microseconds(delay_us)});
  } catch (const boost::system::system_error& error) {
    std::fprintf(stderr, "origin: --listen %s: %s\n", listen.c_str(),
                 error.code().message().c_str());
    return 1;
  }
}
