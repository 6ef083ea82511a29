#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/testing/child_process.hpp"
#include "common/testing/server_process.hpp"

namespace stagecoach::bench {
namespace {

using testing::ChildProcess;
using testing::ServerProcess;

struct Outcome {
  int code = -1;
  std::string output;
  std::string errors;
};

Outcome wait_for(ChildProcess& process) {
  const auto status = process.wait(std::chrono::seconds(60));
  Outcome outcome{-1, process.output(), process.errors()};
  if (status && status->code) outcome.code = *status->code;
  return outcome;
}

Outcome merge(const std::vector<std::string>& args) {
  std::vector<std::string> command{MERGE};
  command.insert(command.end(), args.begin(), args.end());
  ChildProcess process(command);
  return wait_for(process);
}

class MergeMainTest : public ::testing::Test {
 protected:
  MergeMainTest() {
    std::string name = (std::filesystem::temp_directory_path() / "merge_test.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), name);
    directory_ = name;
  }
  ~MergeMainTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ / name; }
  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(path(name)) << content;
    return path(name);
  }

 private:
  std::filesystem::path directory_;
};

std::string in_a_while() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration<double>(now).count() + 4);
}

TEST_F(MergeMainTest, MakesOneReportOfTwoLoadsThatStartTogether) {
  ServerProcess origin(ORIGIN);
  const std::string target = "127.0.0.1:" + std::to_string(origin.port());
  const std::string start = in_a_while();
  const auto command = [&](const std::string& seed) {
    return std::vector<std::string>{LOAD,     "--target", target,     "--json", "--start-at", start,
                                    "--seed", seed,       "--warmup", "100ms",  "--duration", "3s"};
  };
  ChildProcess first(command("1"));
  ChildProcess second(command("2"));
  const Outcome a = wait_for(first);
  const Outcome b = wait_for(second);
  ASSERT_EQ(a.code, 0) << a.errors;
  ASSERT_EQ(b.code, 0) << b.errors;
  const std::vector<std::string> files{file("a.json", a.output), file("b.json", b.output)};

  const Outcome merged = merge({files[0], files[1], "--json", "--hgrm", path("both.hgrm")});
  ASSERT_EQ(merged.code, 0) << merged.errors;
  const auto report = nlohmann::json::parse(merged.output);
  const auto of_a = nlohmann::json::parse(a.output);
  const auto of_b = nlohmann::json::parse(b.output);
  EXPECT_EQ(report["connections"], 100);
  EXPECT_EQ(report["requests"],
            of_a["requests"].get<std::uint64_t>() + of_b["requests"].get<std::uint64_t>());
  EXPECT_EQ(report["places"][1]["name"], files[1]);
  EXPECT_TRUE(std::filesystem::exists(path("both.hgrm")));

  const Outcome text = merge(files);
  EXPECT_EQ(text.code, 0);
  EXPECT_NE(text.output.find("places      2, all of them for "), std::string::npos) << text.output;
}

TEST_F(MergeMainTest, SaysInOneLineWhatItCannotUse) {
  const std::string other = file("other.json", "{\"context\": {}}");
  const struct {
    std::vector<std::string> args;
    int code;
    std::string message;
  } cases[] = {
      {{}, 2, "files is required (see merge --help)"},
      {{"--nonsense", other}, 2, "--nonsense"},
      {{path("none.json")}, 1, path("none.json") + ": No such file or directory"},
      {{path("")}, 1, path("") + ": Is a directory"},
      {{file("empty.json", "")}, 1, path("empty.json") + ": no JSON"},
      {{other}, 1, other + ": not what load --json prints: no target"},
  };
  for (const auto& [args, code, message] : cases) {
    const Outcome outcome = merge(args);
    EXPECT_EQ(outcome.code, code) << message;
    EXPECT_NE(outcome.errors.find("merge: " + (code == 1 ? message : "")), std::string::npos);
    EXPECT_NE(outcome.errors.find(message), std::string::npos) << outcome.errors;
    EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
    EXPECT_EQ(outcome.output, "");
  }
}

}  // namespace
}  // namespace stagecoach::bench
