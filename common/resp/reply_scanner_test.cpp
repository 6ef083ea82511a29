#include "common/resp/reply_scanner.hpp"

#include <cstddef>
#include <cstdlib>
#include <malloc.h>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {
std::size_t bytes_in_use = 0;
}  // namespace

void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  bytes_in_use += ::malloc_usable_size(memory);
  return memory;
}
// Not inlined, or g++ sees free() take memory from operator new, and warns.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  bytes_in_use -= ::malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace stagecoach::resp {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

const std::vector<std::string>& replies() {
  static const std::vector<std::string> all{
      "+OK\r\n",
      "+\r\n",
      "-ERR no such key\r\n",
      ":0\r\n",
      ":-1\r\n",
      ":9223372036854775807\r\n",
      ":-9223372036854775808\r\n",
      "$-1\r\n",
      "$0\r\n\r\n",
      "$5\r\nhello\r\n",
      "$8\r\n\r\n$1\r\n\r\n\r\n",
      "*-1\r\n",
      "*0\r\n",
      "*3\r\n+a\r\n$1\r\nb\r\n:3\r\n",
      "*2\r\n$-1\r\n*-1\r\n",
      "*3\r\n*0\r\n*2\r\n*1\r\n:1\r\n-ERR x\r\n*0\r\n",
      repeat("+long ", 20'000) + "\r\n",
      repeat("*1\r\n", 10'000) + ":1\r\n",
      repeat("*2\r\n", 1000) + repeat(":1\r\n", 1001),
      repeat("*2\r\n*0\r\n", 1000) + "*-1\r\n",
      repeat("*3\r\n:1\r\n", 1000) + repeat("$2\r\nab\r\n", 1001),
  };
  return all;
}

TEST(ReplyScanner, FindsTheEndOfEachReplyHoweverItIsSplit) {
  for (const std::string& reply : replies()) {
    SCOPED_TRACE(reply.substr(0, 100));
    const std::size_t step = reply.size() / 200 + 1;
    for (std::size_t cut = 0; cut < reply.size(); cut += step) {
      ReplyScanner scanner;
      const auto first = scanner.scan(std::string_view(reply).substr(0, cut));
      ASSERT_EQ(first.status, ScanStatus::incomplete) << cut;
      ASSERT_EQ(first.used, cut);
      ASSERT_EQ(scanner.idle(), cut == 0);
      const std::string rest = reply.substr(cut) + "+the next one\r\n";
      const auto second = scanner.scan(rest);
      ASSERT_EQ(second.status, ScanStatus::complete) << cut;
      ASSERT_EQ(second.used, reply.size() - cut);
      ASSERT_TRUE(scanner.idle());
    }
  }
}

TEST(ReplyScanner, FindsEachOfManyRepliesInAnyPieces) {
  std::string stream;
  std::vector<std::size_t> ends;
  for (const std::string& reply : replies()) ends.push_back((stream += reply).size());

  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<std::size_t> found;
    ReplyScanner scanner;
    for (std::size_t at = 0; at < stream.size();) {
      std::string_view piece(stream);
      piece = piece.substr(at, seed == 0 ? 1 : std::size_t{1} << random() % 17);
      while (!piece.empty()) {
        const auto [status, used] = scanner.scan(piece);
        ASSERT_NE(status, ScanStatus::malformed) << at;
        at += used;
        piece.remove_prefix(used);
        if (status == ScanStatus::complete) found.push_back(at);
        if (status == ScanStatus::incomplete) {
          ASSERT_TRUE(piece.empty());
        }
      }
    }
    ASSERT_EQ(found, ends);
  }
}

TEST(ReplyScanner, RefusesWhatIsNotStrictResp2AtTheFirstWrongByte) {
  struct Case {
    std::string good;  // a reply may begin with these bytes
    std::string bad;   // but not go on with this one
  };
  const std::vector<Case> cases{
      {"", "x"},
      {"", "\r"},
      {"", "\n"},
      {"", "_"},
      {"", "%"},  // RESP3's null and map
      {"+OK", "\n"},
      {"+OK\r", "x"},
      {"-ERR\r", "\r"},
      {":", "\r"},
      {":-", "\r"},
      {":", "+"},
      {":1", " "},
      {":1", "\n"},
      {":0", "1"},
      {":-0", "\r"},
      {":-", "-"},
      {"$-2\r", "\n"},
      {"$", "x"},
      {"$3\r", "x"},
      {"$3\r\nabc", "d"},
      {"$3\r\nabc\r", "d"},
      {"$0\r\n", "x"},
      {"*-2\r", "\n"},
      {"*1\r\n", "x"},
      {"*2\r\n:1\r\n", "\r"},
      {":9223372036854775808", "\r"},
      {":-9223372036854775809", "\r"},
      {":9999999999999999999", "9"},
      {repeat("*1\r\n", 1000), "x"},
      {repeat("*2\r\n", 1000) + repeat(":1\r\n", 1000), "\r"},
  };
  for (const auto& [good, bad] : cases) {
    SCOPED_TRACE(good + bad);
    ReplyScanner whole;
    const auto result = whole.scan(good + bad + "\r\n");
    EXPECT_EQ(result.status, ScanStatus::malformed);
    EXPECT_EQ(result.used, good.size());

    ReplyScanner bytewise;
    for (const char& byte : good) {
      ASSERT_EQ(bytewise.scan({&byte, 1}).status, ScanStatus::incomplete);
    }
    EXPECT_EQ(bytewise.scan(bad).status, ScanStatus::malformed);
  }
}

TEST(ReplyScanner, CountsWhatIsAnnouncedWithoutHoldingIt) {
  ReplyScanner bulk;
  EXPECT_EQ(bulk.scan("$9223372036854775807\r\n").status, ScanStatus::incomplete);
  const std::string chunk(1 << 20, 'x');
  const auto [status, used] = bulk.scan(chunk);
  EXPECT_EQ(status, ScanStatus::incomplete);
  EXPECT_EQ(used, chunk.size());

  ReplyScanner array;
  EXPECT_EQ(array.scan("*2147483648\r\n*9223372036854775807\r\n").status, ScanStatus::incomplete);
  EXPECT_EQ(array.scan(repeat("*0\r\n", 1 << 16)).status, ScanStatus::incomplete);
  EXPECT_FALSE(array.idle());
}

TEST(ReplyScanner, TakesMemoryForOpenArraysThatGoOnAndGivesItBack) {
  constexpr std::size_t depth = 100'000;
  const std::string last_elements = repeat("*1\r\n", depth);
  const std::string open = repeat("*2\r\n", depth);
  const std::string rest = repeat(":1\r\n", depth + 1);
  const std::size_t before = bytes_in_use;

  ReplyScanner scanner;
  ASSERT_EQ(scanner.scan(last_elements).status, ScanStatus::incomplete);
  EXPECT_FALSE(scanner.idle());
  EXPECT_EQ(bytes_in_use, before);
  ASSERT_EQ(scanner.scan("+OK\r\n").status, ScanStatus::complete);

  ASSERT_EQ(scanner.scan(open).status, ScanStatus::incomplete);
  EXPECT_GE(bytes_in_use - before, 8 * depth);
  EXPECT_LT(bytes_in_use - before, 3 * 8 * depth);
  ASSERT_EQ(scanner.scan(rest).status, ScanStatus::complete);
  EXPECT_EQ(bytes_in_use, before);
}

}  // namespace
}  // namespace stagecoach::resp
