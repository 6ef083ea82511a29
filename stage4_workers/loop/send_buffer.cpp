#include "stage4_workers/loop/send_buffer.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace stagecoach {

constexpr std::size_t spare_bytes = 64 * 1024;  // kept for what comes next

net::Written send_now(int fd, std::string_view bytes) {
  ssize_t count = 0;
  do {
    count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) {
    return {.bytes = static_cast<std::size_t>(count), .error = {}};
  }
  return {.bytes = 0, .error = errno == EAGAIN ? boost::system::error_code() : net::last_error()};
}

boost::system::error_code SendBuffer::send_to(int fd) {
  const auto [bytes, error] = send_now(fd, std::string_view(bytes_).substr(sent_));
  sent_ += bytes;
  if (empty()) {
    sent_ = 0;
    bytes_.clear();
    if (bytes_.capacity() > spare_bytes) {
      bytes_.shrink_to_fit();
    }
  } else if (sent_ >= bytes_.size() / 2) {
    bytes_.erase(0, std::exchange(sent_, 0));
  }
  return error;
}

}  // namespace stagecoach
