#include "stage4_workers/loop/dial.hpp"

#include <cstring>

#include <boost/asio/ip/tcp.hpp>

#include "stage4_workers/loop/event.hpp"

namespace stagecoach {
namespace {

namespace asio = boost::asio;

/// A socket that is cancelled if it has not connected by its deadline.
class Dialling : public Watched {
 public:
  Dialling(EventLoop& loop, EventLoop::Time end) : socket(loop.context()), end_(end) {
    loop.watchdog().watch(*this);
  }

  void look(EventLoop::Time now) override {
    if (now >= end_) {
      timed_out = true;
      boost::system::error_code not_open;
      socket.cancel(not_open);
    }
  }
  void drain() override {}

  asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type> socket;
  bool timed_out = false;

 private:
  EventLoop::Time end_;
};

}  // namespace

Task<net::Result<net::Descriptor>> dial(EventLoop& loop, const net::Address& address,
                                        net::Timeout timeout, Greeting greet) {
  const auto end = loop.after(timeout);
  net::Descriptor connected;
  {
    Dialling dialling(loop, end);
    asio::ip::tcp::endpoint endpoint;
    endpoint.resize(address.size());
    std::memcpy(endpoint.data(), address.data(), address.size());
    boost::system::error_code error;
    Event over;
    dialling.socket.async_connect(endpoint, [&](boost::system::error_code result) {
      error = result;
      over.set();
    });
    co_await over.wait();
    if (error) {
      co_return dialling.timed_out ? make_error_code(boost::system::errc::timed_out) : error;
    }
    connected = net::Descriptor(dialling.socket.release());
  }
  net::set_no_delay(connected.get());
  if (greet) {
    AsyncSocket socket(loop, std::move(connected), WhenDraining::go_on);
    if (const auto error = co_await greet(socket, end)) {
      co_return error;
    }
    connected = socket.release();
  }
  co_return std::move(connected);
}

}  // namespace stagecoach
