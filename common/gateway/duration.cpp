#include "common/gateway/duration.hpp"

#include <charconv>
#include <cstdint>

namespace stagecoach::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest = std::chrono::years(1);

std::optional<milliseconds> unit_of(std::string_view name) {
  if (name == "ms") return milliseconds(1);
  if (name == "s") return std::chrono::seconds(1);
  if (name == "min") return std::chrono::minutes(1);
  if (name == "h") return std::chrono::hours(1);
  return {};
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return milliseconds(0);
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [digits_end, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc()) return {};
  const auto unit = unit_of({digits_end, static_cast<std::size_t>(end - digits_end)});
  if (!unit || count > static_cast<std::uint64_t>(longest / *unit)) return {};
  return count * *unit;
}

}  // namespace stagecoach::gateway
