#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace stagecoach::bench {

/// A request and its only right reply, as they are on the wire.
struct Expectation {
  std::string request;  ///< An array of bulk strings.
  std::string reply;    ///< Up to its last CRLF.
};

/// The requests of a run, all built ahead. A key's value depends only on the key, so it does not
/// matter which client sets it, or how often: the reply to each GET is known.
///
/// Before choose() gives a GET, every key must have been filled with set().
class Workload {
 public:
  /// Builds all requests. Takes memory for two copies of each value of `value_size` bytes.
  Workload(std::size_t keys, std::size_t value_size, double get_ratio, std::uint64_t seed);

  std::size_t keys() const { return sets_.size(); }                     ///< Numbered from 0.
  const Expectation& set(std::size_t key) const { return sets_[key]; }  ///< Its reply is +OK.
  /// Right once the key is set.
  const Expectation& get(std::size_t key) const { return gets_[key]; }

  /// Any key, a GET with probability `get_ratio`. The same seed gives the same sequence.
  const Expectation& choose();

 private:
  std::vector<Expectation> sets_;
  std::vector<Expectation> gets_;
  std::mt19937_64 random_;
  std::uniform_int_distribution<std::size_t> key_;
  std::bernoulli_distribution is_get_;
};

}  // namespace stagecoach::bench
