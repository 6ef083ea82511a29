#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "common/gateway/context.hpp"
#include "common/gateway/failure.hpp"
#include "common/gateway/upstream.hpp"
#include "common/resp/reply_scanner.hpp"
#include "stage4_workers/batch.hpp"
#include "stage4_workers/loop/event_loop.hpp"
#include "stage4_workers/loop/send_buffer.hpp"
#include "stage4_workers/ring.hpp"
#include "stage4_workers/worker_options.hpp"

namespace stagecoach {

/// One upstream connection that the requests of many clients share: they are written one behind the
/// other, and their replies, which come in the same order, go each to its own exchange.
///
/// A request that may get more than one reply has it alone, and retires it: nobody else shall get
/// the second one.
///
/// It reads all the time, so that an upstream that closes an idle connection, or sends what nobody
/// asked for, is noticed at once. For use on the loop's thread alone.
class SharedConnection final : private ReadySet::Member {
 public:
  using Time = net::Deadline::Clock::time_point;  ///< As the loop tells it.

  /// Who is told what happens. Only look() calls back before it returns. progressed() and lost()
  /// may end the connection.
  struct Owner {
    /// A request has its reply, or its error. The batch may be gone afterwards.
    virtual void finished(Batch& batch) = 0;

    /// Replies came in: there may be room for more requests, or nothing left to do.
    virtual void progressed(SharedConnection& connection) = 0;

    /// The rest of a batch can go over another connection: this one takes no more.
    virtual void handed_back(Batch& batch) = 0;

    /// The connection has closed. `repeatable` may be sent again, elsewhere, and behind it what is
    /// unsent of the batch `rest`, null where there is none.
    virtual void lost(SharedConnection& connection, std::vector<Slot> repeatable, Batch* rest) = 0;

   protected:
    ~Owner() = default;
  };

  /// `connected` has been greeted. The others must outlive it. Throws boost::system::system_error.
  SharedConnection(EventLoop& loop, net::Descriptor connected, gateway::Context& context,
                   const WorkerOptions& options, Owner& owner);
  ~SharedConnection() { close(); }

  /// It was idle, and may have been closed meanwhile: what it loses may be repeated.
  void reuse() { reused_ = true; }

  /// Whether a batch can begin here: one at least of its requests can be sent at once.
  bool takes(Batch& batch) const;

  /// Takes the batch, and sends of it what there is room for, to be written by flush().
  void begin(Batch& batch, Time now);

  /// Takes a request that another connection lost.
  void repeat(Slot slot, Time now);

  /// Goes on with the batch under way, and writes all that is to be sent in one call.
  void flush(Time now);

  /// Fails the requests whose time is up. From then on the connection is retired: it takes no more
  /// of them, and is closed when the last reply has come, or after as long again.
  void look(Time now);

  bool open() const { return static_cast<bool>(descriptor_); }  ///< Not lost, as far as is known.
  bool idle() const { return in_flight_.empty() && current_ == nullptr; }  ///< Carries nothing now.
  bool has_unsent() const { return current_ != nullptr; }  ///< A batch waits for room.
  bool retired() const { return retired_; }                ///< It takes no more.

 private:
  void ready(std::uint32_t events) override;
  void close();
  void send_current(Time now);
  void send(Slot slot, Time now);
  void write();
  void read();
  bool received(std::string_view bytes);
  void finish(Slot slot, std::optional<gateway::Failure> failure);
  void lose(gateway::Failure failure);
  bool has_room_for(const gateway::Exchange& exchange) const;
  bool may_repeat(const Slot& slot) const;
  std::size_t written_bytes() const { return sent_bytes_ - output_.size(); }

  EventLoop& loop_;
  net::Descriptor descriptor_;
  gateway::Context& context_;
  const WorkerOptions& options_;
  Owner& owner_;
  std::optional<gateway::UpstreamTally> tally_;
  resp::ReplyScanner scanner_;
  Ring<Slot> in_flight_;
  Batch* current_ = nullptr;  // begun here, and not all sent
  SendBuffer output_;
  std::size_t sent_bytes_ = 0;  // given to output_, ever
  Time close_at_ = Time::max();
  bool reused_ = false;
  bool blocked_ = false;  // waits until the kernel takes more
  bool retired_ = false;
  bool reads_on_ = false;  // until there is no more
};

}  // namespace stagecoach
