#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "stage4_workers/loop/event.hpp"
#include "stage4_workers/loop/event_loop.hpp"

namespace stagecoach {

/// A bounded queue between threads, with the semantics of Go's buffered channels.
///
/// Values come out in the order they went in, each once; receivers are served first come, first
/// served. After close() the values inside still come out, then receivers are told that it is
/// closed; sending is an error. Thread-safe. Source: the Go specification, "Channel types".
template <class T>
class Channel {
 public:
  /// What became of a value.
  enum class Sent { yes, full, closed };

  /// `capacity` is at least 1.
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  /// Sends at once or not at all. Unless it was sent, `value` is left as it is.
  Sent try_send(T& value) { return send_for(value, std::chrono::milliseconds(0)); }

  // [send_for]
  /// Waits for room, for at most `timeout`. Blocks the thread: not for an event loop.
  Sent send_for(T& value, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    room_.wait_for(lock, timeout, [this] { return closed_ || has_room(); });
    return closed_ ? Sent::closed : put(value);
  }
  // [send_for]

  /// Waits for room as long as it takes. Blocks the thread.
  Sent send(T& value) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || has_room(); });
    return closed_ ? Sent::closed : put(value);
  }

  /// A value, if there is one.
  std::optional<T> try_receive() {
    const std::lock_guard lock(mutex_);
    return take();
  }

  /// Waits for a value; nothing once the channel is closed and empty. Blocks the thread.
  std::optional<T> receive() {
    std::unique_lock lock(mutex_);
    if (!buffer_.empty() || closed_) {
      return take();
    }
    BlockedReceiver receiver;
    receivers_.push_back(&receiver);
    receiver.ready.wait(lock, [&] { return receiver.done; });
    return std::move(receiver.value);
  }

  // [await_receive]
  /// The same for a coroutine that runs on `loop`, which goes on meanwhile.
  Task<std::optional<T>> receive(EventLoop& loop) {
    AwaitingReceiver receiver(loop);
    {
      const std::lock_guard lock(mutex_);
      if (!buffer_.empty() || closed_) {
        co_return take();
      }
      receivers_.push_back(&receiver);
    }
    co_await receiver.ready.wait();
    co_return std::move(receiver.value);
  }
  // [await_receive]

  /// Idempotent.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
    while (!receivers_.empty()) {
      hand_over(std::nullopt);
    }
  }

  std::size_t capacity() const { return capacity_; }  ///< Values that wait at most.

  /// Values inside, at this moment.
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return buffer_.size();
  }

 private:
  struct Receiver {
    std::optional<T> value;
    virtual void wake() = 0;  // under the lock; the receiver may be gone once it is released

   protected:
    ~Receiver() = default;
  };

  struct BlockedReceiver final : Receiver {
    bool done = false;
    std::condition_variable ready;
    void wake() override {
      done = true;
      ready.notify_one();
    }
  };

  struct AwaitingReceiver final : Receiver {
    explicit AwaitingReceiver(EventLoop& receivers_loop) : loop(receivers_loop) {}
    EventLoop& loop;
    Event ready;
    void wake() override {
      loop.post([this] { ready.set(); });
    }
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
  std::deque<Receiver*> receivers_;  // waiting only while the buffer is empty
  bool closed_ = false;
};

}  // namespace stagecoach
