#include "stage4_workers/loop/frame_pool.hpp"

#include <array>
#include <new>

namespace stagecoach {
namespace {

constexpr std::size_t step = 64;   // bytes; a list for each multiple
constexpr std::size_t lists = 16;  // larger frames are not kept
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kept_frames = 0;  // so that they see what is used after it was freed
#else
constexpr std::size_t kept_frames = 256;  // of each list
#endif

class FreeFrames {
 public:
  ~FreeFrames() {
    while (void* frame = take()) {
      ::operator delete(frame);
    }
  }

  void* take() {
    Frame* const frame = first_;
    if (frame != nullptr) {
      first_ = frame->next;
      --count_;
    }
    return frame;
  }

  bool keep(void* memory) {
    if (count_ == kept_frames) {
      return false;
    }
    first_ = new (memory) Frame{first_};
    ++count_;
    return true;
  }

 private:
  struct Frame {
    Frame* next;
  };

  Frame* first_ = nullptr;
  std::size_t count_ = 0;
};

thread_local std::array<FreeFrames, lists> free_frames;

constexpr std::size_t list_of(std::size_t size) { return (size - 1) / step; }

}  // namespace

void* PooledFrame::operator new(std::size_t size) {
  const std::size_t list = list_of(size);
  if (list >= lists) {
    return ::operator new(size);
  }
  void* const frame = free_frames[list].take();
  return frame != nullptr ? frame : ::operator new((list + 1) * step);
}

void PooledFrame::operator delete(void* frame, std::size_t size) {
  const std::size_t list = list_of(size);
  if (list >= lists || !free_frames[list].keep(frame)) {
    ::operator delete(frame);
  }
}

}  // namespace stagecoach
