#pragma once

#include <boost/circular_buffer.hpp>

namespace stagecoach {

/// A queue that allocates only where it grows. std::deque allocates and frees again and again as
/// its contents move on.
template <class T>
class Ring : public boost::circular_buffer<T> {
 public:
  void push_back(T value) {
    if (this->full()) {
      this->set_capacity(std::max<std::size_t>(16, 2 * this->capacity()));
    }
    boost::circular_buffer<T>::push_back(std::move(value));
  }
};

}  // namespace stagecoach
