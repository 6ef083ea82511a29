#include "common/operations/command_line.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace stagecoach::operations {
namespace {

using namespace std::chrono_literals;

struct Parsed {
  gateway::Options options;
  std::string error;
};

Parsed parse(std::vector<std::string> args) {
  Parsed parsed;
  parsed.options.listen = "127.0.0.1:7001";
  CLI::App app;
  add_options(app, parsed.options);
  std::reverse(args.begin(), args.end());  // CLI11 wants them reversed
  try {
    app.parse(args);
  } catch (const CLI::ParseError& error) {
    parsed.error = error.what();
  }
  return parsed;
}

TEST(Options, WithoutAnyTheDefaultsStay) {
  const auto [options, error] = parse({});
  EXPECT_EQ(error, "");
  EXPECT_EQ(options.listen, "127.0.0.1:7001");
  EXPECT_EQ(options.upstream, "");
  EXPECT_EQ(options.connect_timeout, 1s);
  EXPECT_EQ(options.request_timeout, 5s);
  EXPECT_EQ(options.read_timeout, 30s);
  EXPECT_EQ(options.write_timeout, 30s);
  EXPECT_EQ(options.max_clients, 10'000u);
  EXPECT_EQ(options.max_bulk_bytes, 512u * 1024 * 1024);
  EXPECT_EQ(options.drain_timeout, 10s);
}

TEST(Options, AreAllInAGroup) {
  gateway::Options options;
  CLI::App app;
  add_options(app, options);
  EXPECT_EQ(app.get_groups(), (std::vector<std::string>{"Timeouts and limits", "Operation"}));
}

TEST(Options, ValuesHaveUnits) {
  const auto [options, error] =
      parse({"--listen", "[::1]:0", "--upstream=redis:6379", "--connect-timeout", "300ms",
             "--request-timeout", "2min", "--max-clients", "7", "--max-bulk-bytes", "64KiB"});
  EXPECT_EQ(error, "");
  EXPECT_EQ(options.listen, "[::1]:0");
  EXPECT_EQ(options.upstream, "redis:6379");
  EXPECT_EQ(options.connect_timeout, 300ms);
  EXPECT_EQ(options.request_timeout, 120s);
  EXPECT_EQ(options.max_clients, 7u);
  EXPECT_EQ(options.max_bulk_bytes, 64u * 1024);
}

TEST(Options, AWrongValueNamesItsOptionInOneLine) {
  struct Case {
    std::string option;
    std::string value;
  };
  for (const Case& c :
       {Case{"--connect-timeout", "5"}, Case{"--connect-timeout", "0"},
        Case{"--connect-timeout", "-1s"}, Case{"--drain-timeout", "soon"},
        Case{"--max-clients", "0"}, Case{"--max-clients", "-1"}, Case{"--max-clients", "1.5"},
        Case{"--max-clients", "10000000"}, Case{"--max-bulk-bytes", "0"},
        Case{"--max-bulk-bytes", "-1"}, Case{"--max-bulk-bytes", "64 elephants"},
        Case{"--log-level", "loud"}, Case{"--unknown", "1"}}) {
    const auto error = parse({c.option, c.value}).error;
    EXPECT_NE(error.find(c.option), std::string::npos)
        << c.option << " " << c.value << ": " << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

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

}  // namespace
}  // namespace stagecoach::operations
