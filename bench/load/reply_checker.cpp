#include "bench/load/reply_checker.hpp"

#include <algorithm>

namespace stagecoach::bench {
namespace {

constexpr std::size_t head_bytes = 120;

}  // namespace

ReplyChecker::Result ReplyChecker::check(std::string_view input, std::string_view expected) {
  if (differs_) return scan(input);

  const std::string_view rest = expected.substr(matched_);
  const std::size_t common = std::min(rest.size(), input.size());
  if (input.substr(0, common) == rest.substr(0, common)) {
    matched_ += common;
    if (matched_ < expected.size()) return {Verdict::incomplete, common};
    matched_ = 0;
    return {Verdict::right, common};
  }

  differs_ = true;
  scanner_ = {};
  scanner_.scan(expected.substr(0, matched_));
  head_ = expected.substr(0, std::min(matched_, head_bytes));
  return scan(input);
}

ReplyChecker::Result ReplyChecker::scan(std::string_view input) {
  const auto [status, used] = scanner_.scan(input);
  const std::size_t of_reply = status == resp::ScanStatus::malformed ? input.size() : used;
  head_ += input.substr(0, std::min(of_reply, head_bytes - head_.size()));
  if (status == resp::ScanStatus::incomplete) return {Verdict::incomplete, used};

  matched_ = 0;
  differs_ = false;
  if (status == resp::ScanStatus::malformed) return {Verdict::malformed, used};
  return {head_.front() == '-' ? Verdict::error : Verdict::wrong, used};
}

std::string ReplyChecker::first_line() const { return head_.substr(0, head_.find('\r')); }

}  // namespace stagecoach::bench
