#include "stage4_workers/pipeline/shared_connection.hpp"

#include <algorithm>
#include <utility>

#include "common/gateway/release_spare.hpp"

namespace stagecoach {

using gateway::Failure;

constexpr std::size_t spare_output_bytes = 64 * 1024;  // kept for later requests

bool SharedConnection::takes(Submission& submission) const {
  const Submission* const front = in_flight_.empty() ? nullptr : in_flight_.front().submission;
  const bool slow = front != nullptr && front->falls_behind();
  return open() && !retired_ && !slow && current_ == nullptr && has_room_for(*submission.next());
}

bool SharedConnection::has_room_for(const gateway::Exchange& exchange) const {
  return in_flight_.empty() || (exchange.verdict.shareable && in_flight_.size() < depth_);
}

void SharedConnection::begin(Submission& submission, Time now) {
  current_ = &submission;
  send_rest(now);
}

void SharedConnection::send_rest(Time now) {
  while (current_ != nullptr && !retired_ && has_room_for(*current_->next())) {
    const gateway::Exchange& exchange = *current_->next();
    in_flight_.push_back({.submission = current_,
                          .index = current_->unsent++,
                          .begin = sent_bytes_,
                          .deadline = now + context_.options.request_timeout,
                          .replies = exchange.replies});
    output_.append(exchange.request.wire());
    sent_bytes_ += exchange.request.wire().size();
    retired_ = !exchange.verdict.shareable;
    ++current_->in_flight;
    if (current_->next() == nullptr) {
      current_ = nullptr;
    }
  }
}

Submission* SharedConnection::hand_back() {
  const bool stuck = retired_ && current_ != nullptr && current_->in_flight == 0;
  return stuck ? std::exchange(current_, nullptr) : nullptr;
}

std::string_view SharedConnection::output() const {
  return std::string_view(output_).substr(written_);
}

void SharedConnection::wrote(std::size_t bytes) {
  written_ += bytes;
  if (written_ >= output_.size() / 2) {
    output_.erase(0, std::exchange(written_, 0));
    gateway::release_spare(output_, spare_output_bytes);
  }
}

// [receive]
bool SharedConnection::receive(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_flight_.empty() || in_flight_.front().begin >= written_bytes()) {
      return false;  // nobody asked for it
    }
    Slot& slot = in_flight_.front();
    slot.reply_begun = true;
    const auto [status, used] = scanner_.scan(bytes);
    if (status == resp::ScanStatus::malformed) {
      return false;
    }
    const bool complete = status == resp::ScanStatus::complete;
    if (slot.submission != nullptr && slot.replies == 1) {
      gateway::Exchange& exchange = *slot.submission->exchanges[slot.index];
      slot.submission->take(exchange, bytes.substr(0, used), complete);
      if (complete && !exchange.begun) {
        context_.upstream.heed(peer_, exchange.reply);
        if (!gateway::ends_transaction(exchange)) {
          return false;  // the requests behind it would be queued, not executed
        }
      }
    } else if (slot.replies > 1) {
      context_.upstream.heed(peer_, bytes.substr(0, used));
    }
    bytes.remove_prefix(used);
    if (complete && --slot.replies == 0) {
      reused_ = true;
      finish(std::exchange(slot, {}), std::nullopt);
      in_flight_.pop_front();
    }
  }
  if (held_up() && has_neighbours()) {
    give_up();
  }
  return true;
}
// [receive]

bool SharedConnection::held_up() const {
  return open() && !in_flight_.empty() && in_flight_.front().submission != nullptr &&
         in_flight_.front().submission->full();
}

void SharedConnection::give_up() { in_flight_.front().submission->overflow(); }

bool SharedConnection::has_neighbours() const {
  const Submission* const front = in_flight_.front().submission;
  const auto other = [&](const Submission* one) { return one != nullptr && one != front; };
  return other(current_) ||
         std::ranges::any_of(in_flight_, [&](const Slot& slot) { return other(slot.submission); });
}

void SharedConnection::finish(const Slot& slot, std::optional<Failure> failure) {
  if (slot.submission == nullptr) {
    return;
  }
  Submission& submission = *slot.submission;
  if (failure) {
    submission.broke_off |= submission.exchanges[slot.index]->begun;
    gateway::fail(*submission.exchanges[slot.index], *failure, context_.counters);
  }
  --submission.in_flight;
  if (current_ == &submission && submission.cut_short()) {
    current_ = nullptr;
  }
  submission.finish_one();
}

void SharedConnection::check_deadlines(Time now) {
  if (held_up()) {  // by a client: not the upstream's fault
    for (Slot& slot : in_flight_) slot.deadline = now + context_.options.request_timeout;
  }
  for (Slot& slot : in_flight_) {
    if (now < slot.deadline) {
      break;
    }
    retired_ = true;
    close_at_ = std::min(close_at_, now + context_.options.request_timeout);
    finish(slot, Failure::upstream_timeout);
    slot.submission = nullptr;
  }
}

SharedConnection::Lost SharedConnection::lose(Failure failure) {
  close();
  retired_ = true;
  Lost lost;
  Submission* const rest = std::exchange(current_, nullptr);
  for (const Slot& slot : std::exchange(in_flight_, {})) {
    if (failure != Failure::upstream_closed || !may_repeat(slot)) {
      finish(slot, failure);
      continue;
    }
    ++lost.repeats;
    --slot.submission->in_flight;
    slot.submission->unsent = std::min(slot.submission->unsent, slot.index);
    if (lost.submissions.empty() || lost.submissions.back() != slot.submission) {
      lost.submissions.push_back(slot.submission);
    }
  }
  if (rest != nullptr && (lost.submissions.empty() || lost.submissions.back() != rest)) {
    lost.submissions.push_back(rest);
  }
  return lost;
}

/// If it is unwritten, or a read without a later write of its client, which it would see.
bool SharedConnection::may_repeat(const Slot& slot) const {
  if (slot.submission == nullptr || !reused_ || slot.submission->repeated || slot.reply_begun) {
    return false;
  }
  const bool unwritten = slot.begin >= written_bytes();
  const bool read_only = slot.submission->exchanges[slot.index]->verdict.read_only;
  return unwritten || (read_only && slot.index >= slot.submission->last_write);
}

void SharedConnection::close() {
  if (open()) {
    tally_.reset();
    hang_up();
  }
}

}  // namespace stagecoach
