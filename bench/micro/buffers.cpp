// Go's sync.Pool is for reusing buffers. This compares a free list with plain allocation; each
// buffer is written once, as by a server that reads into it. Here it gains little: the allocator
// has free lists of its own, and no garbage collector is spared work.

#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include <benchmark/benchmark.h>

namespace stagecoach {
namespace {

using Buffer = std::unique_ptr<char[]>;

class FreeList {
 public:
  explicit FreeList(std::size_t size) : size_(size) {}

  Buffer take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      return std::make_unique_for_overwrite<char[]>(size_);
    }
    Buffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }

  void give_back(Buffer buffer) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(buffer));
  }

 private:
  const std::size_t size_;
  std::mutex mutex_;
  std::vector<Buffer> free_;
};

void use(char* buffer, std::size_t size) {
  std::memset(buffer, 1, size);
  benchmark::ClobberMemory();
}

void allocate(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    const Buffer buffer = std::make_unique_for_overwrite<char[]>(size);
    use(buffer.get(), size);
  }
}

constexpr int small_bytes = 1024;
constexpr int large_bytes = 256 * 1024;

void reuse(benchmark::State& state) {
  static FreeList small(small_bytes);
  static FreeList large(large_bytes);
  const auto size = static_cast<std::size_t>(state.range(0));
  FreeList& buffers = size == small_bytes ? small : large;
  for (auto _ : state) {
    Buffer buffer = buffers.take();
    use(buffer.get(), size);
    buffers.give_back(std::move(buffer));
  }
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(small_bytes)->Arg(large_bytes)->ThreadRange(1, 2);
}
BENCHMARK(allocate)->Name("buffers/allocate")->Apply(sizes);
BENCHMARK(reuse)->Name("buffers/free_list")->Apply(sizes);

}  // namespace
}  // namespace stagecoach
