#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace stagecoach::testing {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// What `pattern` finds in `text`: its two groups, with a dot between them.
std::set<std::string> find_all(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), regex);
       it != std::sregex_iterator(); ++it) {
    found.insert(it->str(1) + "." + it->str(2));
  }
  return found;
}

/// The page of promises names tests: a promise without its test is none.
TEST(Promises, AreShownByTestsThatExist) {
  std::set<std::string> tests;
  for (const auto* folder :
       {"common", "stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers"}) {
    for (const auto& file : fs::recursive_directory_iterator(fs::path(SOURCES) / folder)) {
      if (file.path().string().ends_with("_test.cpp")) {
        tests.merge(find_all(read(file.path()), R"(TEST(?:_P|_F)?\((\w+),\s*(\w+)\))"));
      }
    }
  }
  const auto named =
      find_all(read(fs::path(SOURCES) / "docs" / "pages" / "promises.md"), R"(`(\w+)\.(\w+)`)");
  EXPECT_GT(named.size(), 40u);
  for (const auto& name : named) {
    EXPECT_TRUE(tests.contains(name)) << name;
  }
}

}  // namespace
}  // namespace stagecoach::testing
