#pragma once

#include <cstddef>
#include <utility>

namespace stagecoach::net {

/// Owns a file descriptor and closes it.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}  ///< Takes it over; negative: none.
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}  ///< The other is empty then.
  /// Closes what it had.
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return fd_; }                      ///< -1: none.
  explicit operator bool() const { return fd_ >= 0; }  ///< Whether it owns one.

  /// Gives the descriptor away, unclosed.
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);  ///< Closes what it had, and takes `fd` over.

 private:
  int fd_ = -1;
};

/// Raises the process's soft limit of descriptors to the hard one, and returns it. Source:
/// getrlimit(2).
std::size_t raise_descriptor_limit();

}  // namespace stagecoach::net
