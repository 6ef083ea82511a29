#pragma once

#include <array>
#include <cstddef>

namespace stagecoach {

/// The memory of coroutine frames that have ended, for those to come.
///
/// A request passes through five coroutines, and all requests of a turn of the loop are under way
/// at a time: more than malloc's own quick lists hold. A frame costs 7 ns from here, and 42 from
/// there (bench/micro, frame/). No list grows beyond what is worth keeping. For use by one thread.
class FramePool {
 public:
  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool();

  /// The frames of this thread come from `pool`, and go there, for as long as this lives.
  class Use {
   public:
    explicit Use(FramePool& pool);  ///< May be nested: the innermost counts.
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    FramePool* const before_;
  };

  /// Memory for a frame of `size` bytes: from the pool in use, or the heap.
  static void* allocate(std::size_t size);
  static void free(void* frame, std::size_t size);  ///< With the size it was allocated with.

 private:
  struct Frame {
    Frame* next;
  };
  struct List {
    Frame* first = nullptr;
    std::size_t count = 0;
  };

  static constexpr std::size_t lists = 16;

  void* take(std::size_t list);
  bool keep(std::size_t list, void* memory);

  std::array<List, lists> free_;
};

/// Base of a coroutine's promise, whose frame then comes from the pool.
struct PooledFrame {
  /// Used by the compiler where a coroutine is called.
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  /// Used by the compiler where a frame is destroyed.
  static void operator delete(void* frame, std::size_t size) { FramePool::free(frame, size); }
};

}  // namespace stagecoach
