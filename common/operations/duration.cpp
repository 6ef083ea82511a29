#include "common/operations/duration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace stagecoach::operations {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest = std::chrono::years(1);

struct Unit {
  std::string_view name;
  milliseconds length;
};

constexpr std::array<Unit, 4> units = {{{"h", std::chrono::hours(1)},
                                        {"min", std::chrono::minutes(1)},
                                        {"s", std::chrono::seconds(1)},
                                        {"ms", milliseconds(1)}}};

std::optional<milliseconds> unit_of(std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? std::nullopt : std::optional(found->length);
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

std::string format_duration(milliseconds duration) {
  if (duration == milliseconds(0)) return "0";
  const auto unit = std::ranges::find_if(
      units, [&](const Unit& candidate) { return duration % candidate.length == milliseconds(0); });
  return std::to_string(duration / unit->length) + std::string(unit->name);
}

}  // namespace stagecoach::operations
