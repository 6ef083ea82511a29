#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <boost/circular_buffer.hpp>

namespace stagecoach {

/// A queue that allocates only where it grows. std::deque allocates and frees again and again as
/// its contents move on.
template <class T>
class Ring : private boost::circular_buffer<T> {
  using Base = boost::circular_buffer<T>;

 public:
  using Base::begin;
  using Base::clear;
  using Base::empty;
  using Base::end;
  using Base::front;
  using Base::pop_front;
  using Base::size;

  /// Doubles a full ring; the first one has 16 places.
  void push_back(T value) {
    if (Base::full()) {
      Base::set_capacity(std::max<std::size_t>(16, 2 * Base::capacity()));
    }
    Base::push_back(std::move(value));
  }
};

}  // namespace stagecoach
