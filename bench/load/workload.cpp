#include "bench/load/workload.hpp"

#include "common/resp/encode.hpp"

namespace stagecoach::bench {
namespace {

// Repeats the key's number, so that no two keys have the same value of several bytes.
std::string value_of(std::size_t key, std::size_t size) {
  const std::string unit = std::to_string(key) + '.';
  std::string value;
  while (value.size() < size) value += unit;
  value.resize(size);
  return value;
}

}  // namespace

Workload::Workload(std::size_t keys, std::size_t value_size, double get_ratio, std::uint64_t seed)
    : random_(seed), key_(0, keys - 1), is_get_(get_ratio) {
  for (std::size_t i = 0; i < keys; ++i) {
    const std::string key = "key:" + std::to_string(i);
    const std::string value = value_of(i, value_size);
    std::string value_reply;
    resp::append_bulk(value_reply, value);
    sets_.push_back({resp::request({"SET", key, value}), "+OK\r\n"});
    gets_.push_back({resp::request({"GET", key}), std::move(value_reply)});
  }
}

const Expectation& Workload::choose() {
  const std::size_t key = key_(random_);
  return is_get_(random_) ? gets_[key] : sets_[key];
}

}  // namespace stagecoach::bench
