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
    bool any = false;
    for (const Positional& positional : command.positionals) {
      EXPECT_FALSE(any || (optional && positional.count == Count::kOne)) << command.name;
      optional = positional.count == Count::kOptional;
      any = positional.count == Count::kAny;
    }
  }
}

// A command that tells a program something tells it as JSON. These tell it nothing but by their
// exit status, or have an output that is a format of its own; a new command is not among them.
TEST(CommandTable, OffersJsonOnEveryCommandButThese) {
  std::set<std::string> without{"setup",
                                "key export",
                                "reload",
                                "cancel",
                                "pin set",
                                "pin change",
                                "pin verify",
                                "token resident delete",
                                "config check",
                                "config path",
                                "completion",
                                "version",
                                "policy init",
                                "policy add-signer",
                                "policy add-evidence",
                                "policy revoke",
                                "policy rotate",
                                "policy approve",
                                "hook install",
                                "hook uninstall",
                                "hook run",
                                "report"};
  for (const Command& command : command_table()) {
    const bool offered = std::any_of(command.options.begin(), command.options.end(),
                                     [](const Option& option) { return option.name == "json"; });
    EXPECT_NE(offered, without.erase(command.name) == 1) << command.name;
  }
  EXPECT_TRUE(without.empty()) << *without.begin() << " is no command";
}

TEST(CommandTable, HasHelpThatFitsThePage) {
  for (const Command& command : command_table()) {
    const std::string help = help_command(command);
    EXPECT_NE(help.find("touchstone " + command.name), std::string::npos);
    for (const Option& option : command.options) {
      EXPECT_NE(help.find("--" + option.name), std::string::npos) << command.name << option.name;
    }
    EXPECT_EQ(help.find("  \n"), std::string::npos) << command.name;
  }
  EXPECT_NE(help_overview().find("touchstone(1)"), std::string::npos);
}

// A hint that names a command or an option that does not exist sends a person nowhere.
TEST(Hints, NameOnlyCommandsAndOptionsThatExist) {
  const auto table = command_table();
  const auto families = family_table();
  const std::regex mention(R"(touchstone((?: [a-z]+)*)((?: --[a-z-]+)?))");
  std::size_t mentions = 0;
  for (const base::ErrorInfo& info : base::all_errors()) {
    const std::string hint(info.hint);
    for (std::sregex_iterator it(hint.begin(), hint.end(), mention), end; it != end; ++it) {
      const std::string rest = (*it)[1].str();
      const std::string option = (*it)[2].str();
      if (rest.empty() && option.empty()) {
        continue;  // touchstone(1), touchstone.toml(5), touchstone-agent(8)
      }
      ++mentions;
      // The longest beginning of the words that is a command; what follows it is the sentence.
      std::string name = rest.empty() ? "" : rest.substr(1);
      while (!name.empty() && find_command(table, name) == nullptr &&
             find_family(families, name) == nullptr) {
        const std::size_t space = name.rfind(' ');
        name = space == std::string::npos ? "" : name.substr(0, space);
      }
      EXPECT_TRUE(!name.empty() || !option.empty()) << info.word << ": " << hint;
      if (!option.empty()) {
        const Command* const command = find_command(table, name);
        std::vector<Option> options = global_options();
        if (command != nullptr) {
          options.insert(options.end(), command->options.begin(), command->options.end());
        }
        EXPECT_TRUE(std::any_of(options.begin(), options.end(),
                                [&](const Option& one) { return " --" + one.name == option; }))
            << info.word << ": " << hint;
      }
    }
  }
  EXPECT_GE(mentions, 15U);
}

TEST(Generated, FilesAreWhatTheTableGives) {
  for (const GeneratedFile& file : generated_files(".")) {
    EXPECT_EQ(file_text(file.path), file.text)
        << file.path << ": run build/dev/bin/touchstone-cli-tables .";
  }
}

TEST(NearestName, IsNearOrNothing) {
  const std::vector<std::string> names{"status", "setup", "verify"};
  EXPECT_EQ(nearest_name("statsu", names), "status");
  EXPECT_EQ(nearest_name("verifyy", names), "verify");
  EXPECT_EQ(nearest_name("frobnicate", names), std::nullopt);
  EXPECT_EQ(nearest_name("x", names), std::nullopt);
  EXPECT_EQ(nearest_name("", names), std::nullopt);
}

}  // namespace
}  // namespace touchstone::agent::cli
