#include "bench/stages/environment.hpp"

#include <chrono>
#include <fstream>
#include <sys/utsname.h>
#include <thread>

#include <benchmark/benchmark.h>
#include <boost/version.hpp>

#include "common/testing/child_process.hpp"

namespace stagecoach::bench {
namespace {

std::string commit() {
  testing::ChildProcess git(
      {"git", "-C", SOURCE_DIR, "describe", "--always", "--dirty", "--exclude=*"});
  return git.wait_for_line(std::chrono::seconds(10)).value_or("unknown");
}

std::string kernel() {
  utsname name{};
  ::uname(&name);
  const std::string release = name.release;  // a distributor's suffix follows the version
  return std::string(name.sysname) + ' ' + release.substr(0, release.find('-')) + ' ' +
         name.machine;
}

std::string cpu() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string boost_version() {
  return std::to_string(BOOST_VERSION / 100000) + '.' + std::to_string(BOOST_VERSION / 100 % 1000);
}

}  // namespace

std::string unfit_build() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "with sanitizers";
#elif !defined(__OPTIMIZE__)
  return "without optimisation";
#else
  return "";
#endif
}

void add_context(const Settings& settings) {
  const auto add = [](const char* key, const std::string& value) {
    benchmark::AddCustomContext(key, value);
  };
  add("commit", commit());
  add("compiler", COMPILER);
  add("flags", COMPILE_FLAGS);
  add("build_type", BUILD_TYPE);
  add("kernel", kernel());
  add("cpu", cpu());
  add("cores", std::to_string(std::thread::hardware_concurrency()));
  add("boost", boost_version());
  add("upstream", settings.upstream.empty() ? "origin" : settings.upstream);
  add("load", std::to_string(settings.connections) + " clients, 64-byte GET");
  add("seconds", std::to_string(settings.seconds));
}

}  // namespace stagecoach::bench
