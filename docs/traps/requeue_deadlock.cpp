#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "common/testing/poll_until.hpp"
#include "docs/traps/trap.hpp"
#include "stage4_workers/channel.hpp"

namespace stagecoach::traps {
namespace {

constexpr auto title =
    "requeue_deadlock: workers block on sending into the channel that they drain";
constexpr int workers = 2;
constexpr std::size_t capacity = 2;
constexpr int jobs = workers + static_cast<int>(capacity);

/// Is done in several turns, so that others get theirs in between.
struct Job {
  int turns_left = 3;
};

struct Work {
  Channel<Job> channel{capacity};
  std::latch burst_is_in{1};
  std::atomic<int> blocked = 0;
  std::atomic<int> done = 0;
};

// [wrong]
/// Waits for room that only another worker can make, and that one waits for the same.
void requeue_and_wait(Work& work) {
  while (auto job = work.channel.receive()) {
    work.burst_is_in.wait();
    if (--job->turns_left == 0) {
      ++work.done;
      continue;
    }
    ++work.blocked;
    work.channel.send(*job);
    --work.blocked;
  }
}
// [wrong]

// [cured]
/// A job that finds no room stays with its worker, which needs nobody to go on with it.
void requeue_or_go_on(Work& work) {
  while (auto job = work.channel.receive()) {
    work.burst_is_in.wait();
    do {
      --job->turns_left;
    } while (job->turns_left > 0 && work.channel.try_send(*job) != Channel<Job>::Sent::yes);
    work.done += job->turns_left == 0 ? 1 : 0;
  }
}
// [cured]

/// A burst of as many jobs as the workers and the channel hold; `over` says when to close it.
template <class Over>
void run_burst(Work& work, void (*worker)(Work&), Over over) {
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) {
    threads.emplace_back(worker, std::ref(work));
  }
  for (int i = 0; i < jobs; ++i) {
    Job job;
    work.channel.send(job);
  }
  work.burst_is_in.count_down();
  over();
  work.channel.close();
  for (auto& thread : threads) {
    thread.join();
  }
}

void show(Report& report) {
  {
    report.wrong("send() back into the channel, 2 workers, room for 2");
    Work work;
    run_burst(work, requeue_and_wait, [&] {
      const bool stuck = testing::poll_until(
          [&] { return work.blocked == workers && work.channel.size() == capacity; });
      report.saw("4 jobs -> done " + std::to_string(work.done) + ", channel " +
                     std::to_string(work.channel.size()) + " of 2, workers that wait for room " +
                     std::to_string(work.blocked),
                 stuck && work.done == 0);
    });
  }
  report.cured("try_send(), or carry on with the job itself");
  Work work;
  run_burst(work, requeue_or_go_on,
            [&] { testing::poll_until([&] { return work.done == jobs; }); });
  report.saw("4 jobs -> done " + std::to_string(work.done), work.done == jobs);
}

}  // namespace
}  // namespace stagecoach::traps

int main() { return stagecoach::traps::run(stagecoach::traps::title, stagecoach::traps::show); }
