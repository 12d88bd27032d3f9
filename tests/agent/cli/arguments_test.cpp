// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/arguments.h"

#include <gtest/gtest.h>

#include "agent/cli/command.h"

namespace touchstone::agent::cli {
namespace {

Command command() {
  return {"try",
          "a command of this test",
          "It is for this test.",
          {{"json", '\0', "", "a switch", Completes::kNothing, {}},
           {"lines", 'n', "N", "a value", Completes::kNothing, {}},
           {"role", '\0', "ROLE", "one of two", Completes::kWords, {"login", "sign"}}},
          {{"NAME", "needed", Count::kOne, Completes::kNothing, {}},
           {"SHELL", "not needed", Count::kOptional, Completes::kWords, {"bash", "zsh"}}},
          nullptr};
}

base::Result<Arguments> parse(const std::vector<std::string>& words) {
  return parse_arguments(command(), global_options(), words);
}

std::string refusal(const std::vector<std::string>& words) {
  const auto result = parse(words);
  if (result.has_value()) {
    return "taken";
  }
  EXPECT_EQ(result.error().code, base::Code::kUsage);
  return result.error().context;
}

TEST(Arguments, AreReadInAnyOrder) {
  const auto result = parse({"alice", "--lines", "3", "--json", "--role=sign", "zsh"});
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has("json"));
  EXPECT_EQ(result->value("lines"), "3");
  EXPECT_EQ(result->value_or("role", "login"), "sign");
  EXPECT_EQ(result->value_or("socket", "none"), "none");
  EXPECT_EQ(result->positional(0), "alice");
  EXPECT_EQ(result->positional(1), "zsh");
  EXPECT_EQ(result->positional(2), std::nullopt);
}

TEST(Arguments, TakeLettersAndTheEndOfOptions) {
  const auto result = parse({"-n", "7", "--", "--json"});
  ASSERT_TRUE(result.has_value()) << result.error().context;
  EXPECT_EQ(result->value("lines"), "7");
  EXPECT_FALSE(result->has("json"));
  EXPECT_EQ(result->positional(0), "--json");
  EXPECT_TRUE(result->after_dashes(0));
}

TEST(Arguments, KnowWhatStandsAfterTheEndOfOptions) {
  const auto both = parse({"one", "--", "zsh"});
  ASSERT_TRUE(both.has_value()) << both.error().context;
  EXPECT_FALSE(both->after_dashes(0));
  EXPECT_TRUE(both->after_dashes(1));
  const auto none = parse({"one", "zsh"});
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->after_dashes(1));
  const auto empty = parse({"one", "zsh", "--"});
  ASSERT_TRUE(empty.has_value());
  EXPECT_FALSE(empty->after_dashes(1));
}

TEST(Arguments, TakeSeveralValuesWhereThatIsSaid) {
  Command several = command();
  several.options.push_back({"file", '\0', "FILE", "any number", Completes::kFile, {}, true});
  const auto result =
      parse_arguments(several, global_options(), {"alice", "--file", "a", "--file=b"});
  ASSERT_TRUE(result.has_value()) << result.error().context;
  EXPECT_EQ(result->values("file"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result->value("file"), "a");
  EXPECT_TRUE(result->values("lines").empty());
  EXPECT_EQ(refusal({"alice", "--lines=1", "--lines=2"}), "--lines is given twice");
}

TEST(Arguments, NameTheNearestOption) {
  EXPECT_EQ(refusal({"alice", "--jsno"}), "unknown option --jsno, did you mean --json");
  EXPECT_EQ(refusal({"alice", "--lime=3"}), "unknown option --lime, did you mean --lines");
  EXPECT_EQ(refusal({"alice", "--frobnicate"}), "unknown option --frobnicate");
}

TEST(Arguments, AreNotGuessed) {
  EXPECT_EQ(refusal({"alice", "--lin", "3"}), "unknown option --lin, did you mean --lines");
}

TEST(Arguments, RefuseWhatIsMissingOrTooMuch) {
  EXPECT_EQ(refusal({}), "NAME is missing");
  EXPECT_EQ(refusal({"alice", "zsh", "more"}), "one argument too many: more");
  EXPECT_EQ(refusal({"alice", "--lines"}), "--lines wants a value");
  EXPECT_EQ(refusal({"alice", "--json=yes"}), "--json takes no value");
  EXPECT_EQ(refusal({"alice", "--json", "--json"}), "--json is given twice");
}

TEST(Arguments, RefuseValuesThatAreNotAmongTheWords) {
  EXPECT_EQ(refusal({"alice", "--role", "root"}), "--role is one of login, sign, not root");
  EXPECT_EQ(refusal({"alice", "tcsh"}), "SHELL is one of bash, zsh, not tcsh");
}

TEST(Arguments, ShowWhatTheyWereGivenEscaped) {
  EXPECT_EQ(refusal({"alice", "--role", "\x1b[2J"}), "--role is one of login, sign, not \\x1b[2J");
}

TEST(Arguments, AskedForHelpNeedNotBeComplete) {
  const auto result = parse({"--help"});
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has("help"));
}

TEST(Count, IsANumberWithinItsLimits) {
  EXPECT_EQ(parse_count("1", 10, "N"), 1U);
  EXPECT_EQ(parse_count("10", 10, "N"), 10U);
  for (const char* wrong : {"0", "11", "-1", "+1", "1x", " 1", "", "99999999999999999999999"}) {
    EXPECT_FALSE(parse_count(wrong, 10, "N").has_value()) << wrong;
  }
}

}  // namespace
}  // namespace touchstone::agent::cli
