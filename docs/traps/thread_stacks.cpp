#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "common/gateway/thread_stack.hpp"
#include "docs/traps/trap.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title =
    "thread_stacks: a large stack is unmapped with its thread, and mapped for the next";
constexpr int threads = 50;
constexpr std::size_t eight_mebibytes = 8 * 1024 * 1024;  // `ulimit -s`, on most systems

/// The page of its stack on which the calling thread is.
void* stack_page() {
  auto* const frame = static_cast<char*>(__builtin_frame_address(0));
  return frame -
         reinterpret_cast<std::uintptr_t>(frame) % static_cast<std::uintptr_t>(::getpagesize());
}

/// Source: mincore(2), ENOMEM.
bool is_mapped(void* page) {
  unsigned char resident = 0;
  return ::mincore(page, 1, &resident) == 0;
}

// [stacks]
/// Of the stacks of 50 threads that ran at once, how many are still there afterwards.
int count_kept_stacks() {
  std::vector<void*> stacks(threads);
  std::latch all_there(threads);
  {
    std::vector<std::jthread> running;
    for (void*& stack : stacks) {
      running.emplace_back([&] {
        stack = stack_page();
        all_there.arrive_and_wait();
      });
    }
  }
  return static_cast<int>(std::ranges::count_if(stacks, is_mapped));
}
// [stacks]

void show(Report& report) {
  report.wrong("8 MiB for each of 50 threads");
  gateway::set_thread_stacks(eight_mebibytes);
  const int large = count_kept_stacks();
  report.saw("stacks kept for the next threads: " + std::to_string(large), large < 10);
  report.cured("256 KiB for each, as in the stages");
  gateway::set_thread_stacks(gateway::thread_stack_bytes);
  const int small = count_kept_stacks();
  report.saw("stacks kept for the next threads: " + std::to_string(small), small == threads);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
