// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "agent/cli/command.h"
#include "agent/cli/completion.h"
#include "agent/cli/help.h"
#include "base/error.h"
#include "base/text.h"
#include "tests/agent/cli/generated_files.h"

namespace touchstone::agent::cli {
namespace {

TEST(CommandTable, SaysEverythingAboutEveryCommand) {
  for (const Command& command : command_table()) {
    SCOPED_TRACE(command.name);
    EXPECT_NE(command.run, nullptr);
    EXPECT_FALSE(command.summary.empty());
    EXPECT_LE(command.summary.size(), 60U);
    EXPECT_NE(command.summary.back(), '.');
    ASSERT_FALSE(command.description.empty());
    EXPECT_EQ(command.description.back(), '.');
    EXPECT_TRUE(base::is_displayable(command.summary));
    EXPECT_LE(std::count(command.name.begin(), command.name.end(), ' '), 2);
  }
}

TEST(CommandTable, HasNoNameTwice) {
  std::set<std::string> names;
  for (const Command& command : command_table()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
  }
  for (const Family& family : family_table()) {
    EXPECT_EQ(names.count(family.name), 0U) << family.name << " is a command too";
  }
}

TEST(CommandTable, KnowsTheFamilyOfEveryPrefix) {
  const auto commands = command_table();
  const auto families = family_table();
  for (const std::string& prefix : command_prefixes()) {
    if (!prefix.empty()) {
      EXPECT_TRUE(find_command(commands, prefix) != nullptr ||
                  find_family(families, prefix) != nullptr)
          << prefix;
    }
  }
}

TEST(CommandTable, HasOptionsThatMeanOneThing) {
  const std::vector<Option> global = global_options();
  for (const Command& command : command_table()) {
    SCOPED_TRACE(command.name);
    std::set<std::string> names;
    std::set<char> letters;
    std::vector<Option> options = command.options;
    options.insert(options.end(), global.begin(), global.end());
    for (const Option& option : options) {
      EXPECT_TRUE(names.insert(option.name).second) << option.name;
      EXPECT_TRUE(option.letter == '\0' || letters.insert(option.letter).second) << option.letter;
      EXPECT_FALSE(option.help.empty());
      EXPECT_NE(option.help.back(), '.');
      EXPECT_EQ(option.completes == Completes::kWords, !option.words.empty()) << option.name;
      EXPECT_TRUE(option.completes == Completes::kNothing || !option.argument.empty())
          << option.name;
    }
  }
}

TEST(CommandTable, PutsOptionalPositionalsLast) {
  for (const Command& command : command_table()) {
    bool optional = false;
    for (const Positional& positional : command.positionals) {
      EXPECT_FALSE(optional && positional.count == Count::kOne) << command.name;
      optional = positional.count == Count::kOptional;
    }
  }
}
