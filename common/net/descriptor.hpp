#pragma once

#include <cstddef>
#include <utility>

namespace stagecoach::net {

/// Owns a file descriptor and closes it.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}  ///< Takes it over. Negative: none.
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}  ///< Empties the other.
  /// Closes its own first.
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return fd_; }                      ///< -1: none.
  explicit operator bool() const { return fd_ >= 0; }  ///< Whether it owns one.

  /// Gives away the descriptor without closing it.
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);  ///< Closes its own, and takes over `fd`.

 private:
  int fd_ = -1;
};

/// Raises the process's soft limit of descriptors to the hard limit, and returns it. Source:
/// getrlimit(2).
std::size_t raise_descriptor_limit();

}  // namespace stagecoach::net
