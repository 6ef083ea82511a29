#include "stage4_workers/loop/frame_pool.hpp"

#include <new>
#include <utility>

namespace stagecoach {
namespace {

constexpr std::size_t step = 64;  // bytes; a list for each multiple, larger frames are not kept
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kept_frames = 0;  // so that they see what is used after it was freed
#else
constexpr std::size_t kept_frames = 256;  // of each list
#endif

thread_local FramePool* in_use = nullptr;

constexpr std::size_t list_of(std::size_t size) { return (size - 1) / step; }

}  // namespace

FramePool::~FramePool() {
  for (std::size_t list = 0; list < lists; ++list) {
    while (void* frame = take(list)) {
      ::operator delete(frame);
    }
  }
}

FramePool::Use::Use(FramePool& pool) : before_(std::exchange(in_use, &pool)) {}

FramePool::Use::~Use() { in_use = before_; }

void* FramePool::allocate(std::size_t size) {
  const std::size_t list = list_of(size);
  void* const frame = in_use != nullptr && list < lists ? in_use->take(list) : nullptr;
  return frame != nullptr ? frame : ::operator new((list + 1) * step);
}

void FramePool::free(void* frame, std::size_t size) {
  const std::size_t list = list_of(size);
  if (in_use == nullptr || list >= lists || !in_use->keep(list, frame)) {
    ::operator delete(frame);
  }
}

void* FramePool::take(std::size_t list) {
  Frame* const frame = free_[list].first;
  if (frame != nullptr) {
    free_[list].first = frame->next;
    --free_[list].count;
  }
  return frame;
}

bool FramePool::keep(std::size_t list, void* memory) {
  if (free_[list].count == kept_frames) {
    return false;
  }
  free_[list].first = new (memory) Frame{free_[list].first};
  ++free_[list].count;
  return true;
}

}  // namespace stagecoach
