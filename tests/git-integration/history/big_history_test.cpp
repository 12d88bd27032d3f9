// SPDX-License-Identifier: Apache-2.0
// A repository of the size people have, with everything in it that a history can hold, judged by
// the program itself.
#include <map>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/bench/measured_run.h"
#include "tests/git-integration/history/history.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

constexpr std::size_t kFewerCommits = 2000;
constexpr std::size_t kFewestCommits = 500;
// Far above what it takes, and far below a copy of the history. A sanitizer keeps what was freed.
#if defined(TOUCHSTONE_SANITIZED)
// Sanitizers look at the code and not at its size, and take ten times as long.
constexpr std::size_t kCommits = 10000;
constexpr double kPeakMib = 2048;
#else
constexpr std::size_t kCommits = 100000;
constexpr double kPeakMib = 128;
#endif

// Seen is what a run said of each commit.
struct Seen {
  int status{-1};
  double peak_mib{0};
  std::size_t commits{0};
  std::map<std::string, std::size_t> classes;
  std::map<std::string, std::string> refused;  // id → class
  std::vector<std::string> tags;               // accepted ones, by name
  std::size_t findings{0};
};

std::string text_of(const boost::json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : std::string();
}

void read_line(std::string_view line, Seen& seen) {
  const boost::json::object object = boost::json::parse(line).as_object();
  if (object.contains("finding")) {
    ++seen.findings;
    return;
  }
  const bool accepted = object.at("accepted").as_bool();
  if (object.contains("tag")) {
    if (accepted) {
      seen.tags.push_back(text_of(object.at("name")));
    }
    return;
  }
  ++seen.commits;
  ++seen.classes[text_of(object.at("class"))];
  if (!accepted) {
    seen.refused[text_of(object.at("commit"))] = text_of(object.at("class"));
  }
}

class BigHistory : public ::testing::Test {
 protected:
  void SetUp() override { isolate(scratch_); }

  void make(const HistoryPlan& plan) {
    auto made = make_history(scratch_.path(), plan);
    ASSERT_TRUE(made) << base::message_of(made.error());
    made_ = std::move(*made);
    EXPECT_EQ(made_.planted.size(), 7U);
    EXPECT_GT(made_.merges, 0U);
    EXPECT_GT(made_.octopuses, 0U);
    EXPECT_GT(made_.merged_tags, 0U);
  }
  std::string repository() const { return (scratch_ / "repository.git").string(); }
  std::vector<std::string> plainly() const {
    return {"--signers", (scratch_ / "signers").string()};
  }
  std::vector<std::string> by_policy() const {
    return {"--introduction", made_.introduction, "--introduced-by", made_.fingerprint};
  }

  Seen verify(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv = {"env",    "-C",    repository(), TOUCHSTONE_PROGRAM,
                                     "verify", "--json"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environment;
    for (std::size_t i = 0; environ[i] != nullptr; ++i) {
      environment.emplace_back(environ[i]);
    }
    Seen seen;
    const auto ran = bench::run_measured(argv, environment, true);
    EXPECT_TRUE(ran);
    if (ran) {
      seen.status = ran->status;
      seen.peak_mib = ran->peak_mib;
      std::string_view rest = ran->out;
      while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        read_line(rest.substr(0, end), seen);
        rest.remove_prefix(end + 1);
      }
    }
    return seen;
  }

  // expect_exactly wants every commit seen, and refused those that were planted and no others.
  void expect_exactly(const Seen& seen) const {
    EXPECT_EQ(seen.status, 1);
    EXPECT_EQ(seen.commits, made_.commits);
    std::map<std::string, std::string> planted;
    std::map<std::string, std::size_t> classes{{"touch", made_.commits}};
    for (const PlantedCommit& commit : made_.planted) {
      planted[commit.id] = commit.presence;
      --classes["touch"];
      ++classes[commit.presence];
    }
    EXPECT_EQ(seen.refused, planted);
    EXPECT_EQ(seen.classes, classes);
    EXPECT_EQ(seen.findings, 0U);
  }

  Scratch scratch_;
  MadeHistory made_;
};

TEST_F(BigHistory, IsJudgedToTheLastCommitInBoundedMemory) {
  make({.commits = kCommits, .shapes = true});
  ASSERT_GE(made_.commits, kCommits);
  const Seen plain = verify(plainly());
  expect_exactly(plain);
  EXPECT_LT(plain.peak_mib, kPeakMib);
  const Seen policed = verify(by_policy());
  expect_exactly(policed);
  EXPECT_LT(policed.peak_mib, kPeakMib);
  // Stock git, told so by the repository itself, sees another history: without the one commit that
  // a graft passes over, and without the other that stands in place of its child.
  const Ran stock = run({"git", "-C", repository(), "rev-list", "--count", "main"});
  EXPECT_EQ(stock.out, std::to_string(made_.commits - 2) + "\n") << stock.error;
}

TEST_F(BigHistory, IsJudgedTheSameWithSha256) {
  make({.commits = kFewerCommits, .algorithm = HashAlgorithm::kSha256, .shapes = true});
  EXPECT_EQ(made_.tip.size(), hex_size(HashAlgorithm::kSha256));
  expect_exactly(verify(plainly()));
  expect_exactly(verify(by_policy()));
}

TEST_F(BigHistory, HasItsTagsJudged) {
  make({.commits = kFewestCommits, .shapes = true});
  for (const std::string& tag : made_.tags) {
    std::vector<std::string> arguments = by_policy();
    arguments.push_back(tag);
    const Seen seen = verify(arguments);
    // A tag of a tag is two.
    const std::vector<std::string> expected = tag == "last-again"
                                                  ? std::vector<std::string>{"last-again", "last"}
                                                  : std::vector<std::string>{tag};
    EXPECT_EQ(seen.tags, expected);
  }
}

}  // namespace
}  // namespace touchstone::git
