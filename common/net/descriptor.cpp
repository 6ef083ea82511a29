#include "common/net/descriptor.hpp"

#include <unistd.h>

namespace stagecoach::net {

void Descriptor::reset(int fd) {
  if (fd_ >= 0) {
    ::close(fd_);
  }
  fd_ = fd;
}

}  // namespace stagecoach::net
