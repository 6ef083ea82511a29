#include "common/gateway/password.hpp"

#include <fstream>
#include <string>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace stagecoach::gateway {
namespace {

class PasswordFile : public testing::Test {
 protected:
  struct Parsed {
    std::string password;
    std::string error;
  };

  static Parsed parse(const std::string& path) {
    Parsed parsed;
    CLI::App app;
    add_password_file(app, "--password-file", parsed.password, "help");
    try {
      app.parse("--password-file \"" + path + '"');
    } catch (const CLI::ParseError& error) {
      parsed.error = error.what();
    }
    return parsed;
  }

  Parsed parse_file_with(const std::string& content) const {
    std::ofstream(path_) << content;
    return parse(path_);
  }

  const std::string path_ = testing::TempDir() + "password_test_" + std::to_string(::getpid());
  ~PasswordFile() override { std::remove(path_.c_str()); }
};

TEST_F(PasswordFile, ItsFirstLineIsThePassword) {
  for (const std::string content : {"se cret", "se cret\n", "se cret\r\n", "se cret\nmore\n"}) {
    const auto [password, error] = parse_file_with(content);
    EXPECT_EQ(password, "se cret") << content;
    EXPECT_EQ(error, "") << content;
  }
}

TEST_F(PasswordFile, WithoutOneIsAnErrorThatNamesTheOptionAndTheFile) {
  const auto empty = parse_file_with("\nsecret\n").error;
  EXPECT_NE(empty.find("--password-file"), std::string::npos) << empty;
  EXPECT_NE(empty.find(path_), std::string::npos) << empty;
  EXPECT_EQ(empty.find("secret"), std::string::npos) << empty;
  const auto missing = parse("/nonexistent/file").error;
  EXPECT_NE(missing.find("--password-file"), std::string::npos) << missing;
  EXPECT_NE(missing.find("/nonexistent/file"), std::string::npos) << missing;
}

TEST(IsPassword, TakesTheWholePasswordAndNothingElse) {
  EXPECT_TRUE(is_password("secret", "secret"));
  for (const std::string given :
       {"", "s", "secre", "secres", "Secret", "secretsecret", "secret "}) {
    EXPECT_FALSE(is_password(given, "secret")) << given;
  }
  EXPECT_FALSE(is_password(std::string("secret\0", 7), "secret"));
}

}  // namespace
}  // namespace stagecoach::gateway
