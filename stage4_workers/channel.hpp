#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "stage4_workers/asio.hpp"

namespace stagecoach {

/// A bounded queue between threads, with the semantics of Go's buffered channels.
///
/// Each value comes out once, in the order in which it went in, and receivers are served in their
/// order. After close() the values inside still come out; then receivers learn that it is closed.
/// Sending is an error then. Thread-safe. Source: the Go specification, "Channel types".
///
/// Asio's experimental::concurrent_channel drops the values inside when it is closed, and leaves
/// senders waiting (Boost 1.81; mended in 1.82).
template <class T>
class Channel {
 public:
  /// What happened to a value.
  enum class Sent { yes, full, closed };

  /// Holds up to `capacity` values, which is at least 1.
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  /// Sends at once or not at all. If it was not sent, `value` keeps its content.
  Sent try_send(T& value) { return send_for(value, std::chrono::milliseconds(0)); }

  // [send_for]
  /// Waits for room, for at most `timeout`. Blocks the thread, so not for an event loop.
  Sent send_for(T& value, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    room_.wait_for(lock, timeout, [this] { return closed_ || has_room(); });
    return closed_ ? Sent::closed : put(value);
  }
  // [send_for]

  /// Waits for room, however long it takes. Blocks the thread.
  Sent send(T& value) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || has_room(); });
    return closed_ ? Sent::closed : put(value);
  }

  /// Takes a value, if there is one.
  std::optional<T> try_receive() {
    const std::lock_guard lock(mutex_);
    return take();
  }

  /// Waits for a value. Returns none once the channel is closed and empty. Blocks the thread.
  std::optional<T> receive() {
    std::unique_lock lock(mutex_);
    if (!buffer_.empty() || closed_) {
      return take();
    }
    bool done = false;
    std::condition_variable ready;
    Receiver receiver{.value = {}, .wake = [&] {
                        done = true;
                        ready.notify_one();
                      }};
    receivers_.push_back(&receiver);
    ready.wait(lock, [&] { return done; });
    return std::move(receiver.value);
  }

  // [await_receive]
  /// Awaits a value, in a coroutine on `loop`, which goes on meanwhile. None: see receive().
  Awaitable<std::optional<T>> receive(asio::io_context& loop) {
    Timer ready(loop, Time::max());  // for the loop's thread alone
    Receiver receiver{.value = {}, .wake = [&] { asio::post(loop, [&ready] { ready.cancel(); }); }};
    {
      const std::lock_guard lock(mutex_);
      if (!buffer_.empty() || closed_) {
        co_return take();
      }
      receivers_.push_back(&receiver);
    }
    co_await ready.async_wait(as_tuple);
    co_return std::move(receiver.value);
  }
  // [await_receive]

  /// Ends sending, and wakes all that wait. Values inside still come out. Idempotent.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
    while (!receivers_.empty()) {
      hand_over(std::nullopt);
    }
  }

  std::size_t capacity() const { return capacity_; }  ///< The most values that can wait.

  /// The number of values inside, at this moment.
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return buffer_.size();
  }

 private:
  struct Receiver {
    std::optional<T> value;
    std::function<void()> wake;  // called under the lock; after that this may be gone
  };

  bool has_room() const { return buffer_.size() < capacity_; }

  Sent put(T& value) {
    if (!has_room()) {
      return Sent::full;
    }
    if (receivers_.empty()) {
      buffer_.push_back(std::move(value));
    } else {
      hand_over(std::move(value));
    }
    return Sent::yes;
  }

  std::optional<T> take() {
    if (buffer_.empty()) {
      return std::nullopt;
    }
    std::optional<T> value(std::move(buffer_.front()));
    buffer_.pop_front();
    room_.notify_one();
    return value;
  }

  void hand_over(std::optional<T> value) {
    Receiver* receiver = receivers_.front();
    receivers_.pop_front();
    receiver->value = std::move(value);
    receiver->wake();
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<T> buffer_;
  std::deque<Receiver*> receivers_;  // they wait only while the buffer is empty
  bool closed_ = false;
};

}  // namespace stagecoach
