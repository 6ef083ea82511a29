#pragma once

#include <cstdint>
#include <string>

#include "common/testing/loopback.hpp"

namespace stagecoach::testing {

/// A network of its own, with a loopback device. It has no name, and ends with this object and with
/// the processes and sockets that were made in it. Source: network_namespaces(7).
class NetworkNamespace {
 public:
  /// Throws std::system_error if that is not permitted.
  NetworkNamespace();

  /// Puts the calling thread into the network until the end of the scope, and with it the threads
  /// and processes that it starts there. A socket stays in the network in which it was made.
  class Inside {
   public:
    explicit Inside(const NetworkNamespace& network);  ///< Throws std::system_error.
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Descriptor before_;
  };

  /// Runs ip(8) inside. Throws std::runtime_error with its complaint.
  void ip(const std::string& arguments) const;

  /// A name of it for ip(8), valid as long as this object.
  std::string path() const;

 private:
  friend class Inside;

  Descriptor handle_;
};

/// Two networks and a cable between them.
class CabledNetworks {
 public:
  static constexpr const char* left_address = "10.77.0.1";  ///< For servers to listen on.

  CabledNetworks();

  const NetworkNamespace& left() const { return left_; }  ///< For the servers.

  /// A connection from the right to a port of left_address. Throws std::system_error.
  Descriptor connect_from_right(std::uint16_t port) const;

  /// From now on nothing arrives, and neither side is told.
  void cut() const;

 private:
  NetworkNamespace left_;
  NetworkNamespace right_;
};

}  // namespace stagecoach::testing
