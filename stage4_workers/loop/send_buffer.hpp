#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/net/socket.hpp"

namespace stagecoach {

/// Bytes on their way to a socket that may not take them at once. Not thread-safe.
class SendBuffer {
 public:
  void append(std::string_view bytes) { bytes_.append(bytes); }  ///< Copies; knows no limit.

  /// Sends as much as the kernel takes now; the rest stays. Errors: the system's, but for "not
  /// now". Source: send(2).
  boost::system::error_code send_to(int fd);

  std::size_t size() const { return bytes_.size() - sent_; }  ///< Bytes that wait.
  bool empty() const { return size() == 0; }                  ///< The kernel has taken all.

 private:
  std::string bytes_;
  std::size_t sent_ = 0;
};

/// One send(2) that does not wait. That the kernel takes nothing now is no error.
net::Written send_now(int fd, std::string_view bytes);

}  // namespace stagecoach
