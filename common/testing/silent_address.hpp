#pragma once

#include <chrono>
#include <sys/socket.h>

#include "common/net/socket.hpp"
#include "common/testing/loopback.hpp"

namespace stagecoach::testing {

/// An address that neither accepts nor refuses a dial: its packets are dropped.
class SilentAddress {
 public:
  /// At `wanted`, in the form of net::resolve(). Throws std::system_error.
  explicit SilentAddress(const char* wanted = "127.0.0.1:0")
      : SilentAddress(net::resolve(wanted).value()) {}

  /// To be dialled, in vain.
  net::Endpoint address() const { return net::local_endpoint(socket_.get()); }

 private:
  explicit SilentAddress(const net::Endpoint& wanted)
      : socket_(checked(::socket(wanted.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0),
                        "socket")) {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    checked(::bind(socket_.get(), wanted.data(), wanted.size()), "bind");
    checked(::listen(socket_.get(), 0), "listen");
    queued_ = net::dial(address(), std::chrono::seconds(10)).value();
  }

  Descriptor socket_;
  net::Socket queued_;  // with a backlog of 0, Linux queues one
};

}  // namespace stagecoach::testing
