#include "stage4_workers/shared_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace stagecoach {

using gateway::add;
using gateway::Failure;

constexpr std::size_t read_bytes = 1024 * 1024;  // in a turn of the loop

SharedConnection::SharedConnection(EventLoop& loop, net::Descriptor connected,
                                   gateway::Context& context, const WorkerOptions& options,
                                   Owner& owner)
    : loop_(loop),
      descriptor_(std::move(connected)),
      context_(context),
      options_(options),
      owner_(owner),
      tally_(context.counters) {
  loop_.ready_set().add(descriptor_.get(), *this);
}

void SharedConnection::close() {
  if (open()) {
    loop_.ready_set().forget(*this);
    descriptor_.reset();
    tally_.reset();
  }
}

bool SharedConnection::takes(Batch& batch) const {
  return open() && !retired_ && current_ == nullptr && has_room_for(*batch.next());
}

void SharedConnection::begin(Batch& batch, Time now) {
  current_ = &batch;
  send_current(now);
}

bool SharedConnection::has_room_for(const gateway::Exchange& exchange) const {
  return in_flight_.empty() ||
         (exchange.verdict.shareable && in_flight_.size() < options_.pipeline_depth);
}

void SharedConnection::repeat(Slot slot, Time now) {
  slot.repeated = true;
  send(slot, now);
}

void SharedConnection::flush(Time now) {
  send_current(now);
  write();
}

void SharedConnection::send_current(Time now) {
  while (current_ != nullptr && !retired_ && has_room_for(*current_->next())) {
    Batch& batch = *current_;
    gateway::Exchange* const exchange = batch.next();
    const std::size_t index = batch.unsent++;
    if (batch.next() == nullptr) {
      current_ = nullptr;
    }
    send({.batch = &batch,
          .exchange = exchange,
          .repeatable = exchange->verdict.read_only && index >= batch.last_write},
         now);
  }
}

void SharedConnection::send(Slot slot, Time now) {
  const auto bytes = slot.exchange->request.wire();
  slot.begin = sent_bytes_;
  slot.deadline = now + context_.options.request_timeout;
  retired_ = retired_ || !slot.exchange->verdict.shareable;
  output_.append(bytes);
  sent_bytes_ += bytes.size();
  ++slot.batch->in_flight;
  in_flight_.push_back(slot);
}

void SharedConnection::ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    blocked_ = false;
    write();
  }
  if ((events & ~EPOLLOUT) != 0) {
    reads_on_ |= (events & ~(EPOLLIN | EPOLLOUT)) != 0;
    read();
  }
}

void SharedConnection::write() {
  if (output_.empty() || blocked_ || !open()) {
    return;
  }
  add(context_.counters.upstream_writes);
  const auto error = output_.send_to(descriptor_.get());
  if (!error && !output_.empty()) {
    blocked_ = true;
    loop_.ready_set().watch(descriptor_.get(), *this, ReadySet::input | EPOLLOUT);
  }
  // An error ends the connection where it is read from: that is told of it, too.
}

void SharedConnection::read() {
  // One for all connections of a worker: what is read is taken before another reads.
  thread_local std::array<char, 256 * 1024> input;
  bool more = true;
  bool progressed = false;
  for (std::size_t total = 0; more && total < read_bytes; total += input.size()) {
    const ssize_t count = ::recv(descriptor_.get(), input.data(), input.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      more = errno == EINTR;
      continue;
    }
    if (count <= 0) {
      const bool ended_here = loop_.now() >= close_at_;
      lose(ended_here ? Failure::upstream_timeout : Failure::upstream_closed);
      return;
    }
    if (!received({input.data(), static_cast<std::size_t>(count)})) {
      return;
    }
    progressed = true;
    more = reads_on_ || static_cast<std::size_t>(count) == input.size();
  }
  if (more) {  // others shall have their turn
    loop_.ready_set().watch(descriptor_.get(), *this, ReadySet::input | EPOLLOUT);
  }
  if (progressed) {
    owner_.progressed(*this);
  }
}

// [received]
/// False where the connection is lost.
bool SharedConnection::received(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_flight_.empty() || in_flight_.front().begin >= written_bytes()) {
      lose(Failure::upstream_protocol);  // nobody asked for it
      return false;
    }
    Slot& slot = in_flight_.front();
    slot.reply_begun = true;
    const auto [status, used] = scanner_.scan(bytes);
    if (status == resp::ScanStatus::malformed) {
      lose(Failure::upstream_protocol);
      return false;
    }
    if (slot.batch != nullptr) {
      slot.batch->take(*slot.exchange, bytes.substr(0, used), status == resp::ScanStatus::complete);
    }
    bytes.remove_prefix(used);
    if (status == resp::ScanStatus::complete) {
      reused_ = true;
      const Slot answered = slot;
      in_flight_.pop_front();
      finish(answered, std::nullopt);
    }
  }
  return true;
}
// [received]

void SharedConnection::finish(Slot slot, std::optional<Failure> failure) {
  if (slot.batch == nullptr) {
    return;
  }
  if (failure) {
    gateway::fail(*slot.exchange, *failure, context_.counters);
    slot.batch->broke_off |= slot.batch->streamed;
  }
  Batch& batch = *slot.batch;
  --batch.in_flight;
  if (current_ == &batch && batch.full()) {
    current_ = nullptr;
    batch.drop_unsent();
  }
  if (retired_ && current_ != nullptr && current_->in_flight == 0) {
    owner_.handed_back(*std::exchange(current_, nullptr));
  }
  owner_.finished(batch);
}

void SharedConnection::look(Time now) {
  for (Slot& slot : in_flight_) {
    if (now < slot.deadline) {
      break;
    }
    retired_ = true;
    close_at_ = std::min(close_at_, now + context_.options.request_timeout);
    Slot late = slot;
    slot.batch = nullptr;
    finish(late, Failure::upstream_timeout);
  }
  if (now >= close_at_) {
    ::shutdown(descriptor_.get(), SHUT_RDWR);
  }
}

void SharedConnection::lose(Failure failure) {
  close();
  retired_ = true;
  Batch* const rest = std::exchange(current_, nullptr);
  std::vector<Slot> repeatable;
  std::vector<Slot> failed;
  for (const Slot& slot : in_flight_) {
    if (failure == Failure::upstream_closed && may_repeat(slot)) {
      --slot.batch->in_flight;
      repeatable.push_back(slot);
    } else {
      failed.push_back(slot);
    }
  }
  in_flight_.clear();
  for (const Slot& slot : failed) {
    finish(slot, failure);
  }
  owner_.lost(*this, std::move(repeatable), rest);
}

bool SharedConnection::may_repeat(const Slot& slot) const {
  const bool unwritten = slot.begin >= written_bytes();
  return slot.batch != nullptr && reused_ && !slot.repeated && !slot.reply_begun &&
         (unwritten || slot.repeatable);
}

}  // namespace stagecoach
