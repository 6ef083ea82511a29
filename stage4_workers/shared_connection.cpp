#include "stage4_workers/shared_connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "common/gateway/release_spare.hpp"

namespace stagecoach {

namespace asio = boost::asio;
using gateway::add;
using gateway::Failure;

constexpr std::size_t spare_bytes = 64 * 1024;  // of the output's memory, kept for what comes next

SharedConnection::SharedConnection(net::AsioSocket socket, gateway::Context& context,
                                   const WorkerOptions& options, Owner& owner)
    : socket_(std::move(socket)),
      context_(context),
      options_(options),
      owner_(owner),
      tally_(context.counters) {
  socket_.non_blocking(true);
}

void SharedConnection::start() { read(); }

void SharedConnection::close() {
  open_ = false;
  tally_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool SharedConnection::takes(Batch& batch) const {
  return open_ && !retired_ && current_ == nullptr && has_room_for(*batch.next());
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

void SharedConnection::write() {
  if (output_.empty() || blocked_ || !open_) {
    return;
  }
  add(context_.counters.upstream_writes);
  boost::system::error_code error;
  const auto rest = asio::buffer(output_) + output_written_;
  const std::size_t count = socket_.write_some(rest, error);
  output_written_ += count;
  written_bytes_ += count;
  if (output_written_ == output_.size()) {
    output_.clear();
    gateway::release_spare(output_, spare_bytes);
    output_written_ = 0;
  } else if (!error || error == asio::error::would_block) {
    blocked_ = true;
    if (output_written_ >= output_.size() / 2) {
      output_.erase(0, output_written_);
      output_written_ = 0;
    }
    socket_.async_wait(asio::socket_base::wait_write,
                       [self = shared_from_this()](boost::system::error_code) {
                         self->blocked_ = false;
                         self->write();
                       });
  }
  // Any other error also ends the read that is always under way.
}

void SharedConnection::read() {
  socket_.async_read_some(
      asio::buffer(input_),
      [self = shared_from_this()](boost::system::error_code error, std::size_t count) {
        if (!self->open_) {
          return;
        }
        if (error) {
          const bool ended_here = net::Deadline::Clock::now() >= self->close_at_;
          self->lose(ended_here ? Failure::upstream_timeout : Failure::upstream_closed);
          return;
        }
        self->received({self->input_.data(), count});
        if (self->open_) {
          self->read();
        }
      });
}

void SharedConnection::received(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_flight_.empty() || in_flight_.front().begin >= written_bytes_) {
      lose(Failure::upstream_protocol);  // nobody asked for it
      return;
    }
    Slot& slot = in_flight_.front();
    slot.reply_begun = true;
    const auto [status, used] = scanner_.scan(bytes);
    if (status == resp::ScanStatus::malformed) {
      lose(Failure::upstream_protocol);
      return;
    }
    if (slot.batch != nullptr) {
      slot.batch->reply_bytes += used;
      slot.batch->overflowed |= slot.batch->reply_bytes > options_.max_output_bytes;
      if (!slot.batch->overflowed) {
        slot.exchange->reply.append(bytes.substr(0, used));
      }
    }
    bytes.remove_prefix(used);
    if (status == resp::ScanStatus::complete) {
      reused_ = true;
      const Slot answered = slot;
      in_flight_.pop_front();
      finish(answered, std::nullopt);
    }
  }
  owner_.progressed(*this);
}

void SharedConnection::finish(Slot slot, std::optional<Failure> failure) {
  if (slot.batch == nullptr) {
    return;
  }
  if (failure) {
    gateway::fail(*slot.exchange, *failure, context_.counters);
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
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_both, ignored);
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
  const bool unwritten = slot.begin >= written_bytes_;
  return slot.batch != nullptr && reused_ && !slot.repeated && !slot.reply_begun &&
         (unwritten || slot.repeatable);
}

}  // namespace stagecoach
