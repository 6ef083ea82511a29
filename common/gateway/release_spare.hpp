#pragma once

#include <cstddef>

namespace stagecoach::gateway {

/// Gives back the memory of a buffer that grew beyond `spare` elements and no longer needs it.
/// Below that it is kept, so that the next use need not allocate.
template <class Buffer>
void release_spare(Buffer& buffer, std::size_t spare) {
  if (buffer.capacity() > spare && buffer.size() <= spare) {
    buffer.shrink_to_fit();
  }
}

}  // namespace stagecoach::gateway
