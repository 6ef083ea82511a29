#include "stage4_workers/timed_socket.hpp"

namespace stagecoach {

TimedSocket::TimedSocket(asio::io_context& loop, TimedSockets& sockets) : socket(loop) {
  sockets.push_back(*this);
}

void TimedSocket::look(Time now) {
  if (now >= deadline_) {
    timed_out_ = true;
    boost::system::error_code closed;
    socket.cancel(closed);
  }
}

}  // namespace stagecoach
