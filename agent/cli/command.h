// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/cli/arguments.h"
#include "base/error.h"
#include "base/result.h"

namespace touchstone::agent::cli {

class Context;

// Completes says what a shell offers for an argument.
enum class Completes : std::uint8_t { kNothing, kFile, kFolder, kKey, kToken, kWords };

// Option is one long option. What it says here is what help, man page and completion say.
struct Option {
  std::string name;      // "json", without the dashes
  char letter{'\0'};     // 'n' for "-n"; most have none
  std::string argument;  // "FILE"; empty for a switch
  std::string help;      // lower case, no full stop
  Completes completes{Completes::kNothing};
  std::vector<std::string> words;  // for kWords: the only values accepted
  bool many{false};                // may be given several times; its help says so
};

// switch_option is one that is given or not, and takes no value.
inline Option switch_option(std::string name, std::string help) {
  return {std::move(name), '\0', "", std::move(help), Completes::kNothing, {}};
}

// kAny is the last positional alone: none, or several of it.
enum class Count : std::uint8_t { kOne, kOptional, kAny };

struct Positional {
  std::string name;  // "FILE"
  std::string help;
  Count count{Count::kOne};
  Completes completes{Completes::kNothing};
  std::vector<std::string> words;  // for kWords: the only values accepted
};

using Run = base::Result<base::Exit> (*)(Context& context, const Arguments& arguments);

// Command is one thing `touchstone` can do. Help, touchstone(1) and the completions of three
// shells are made from these, so that none of them can say something else.
struct Command {
  std::string name;         // "key new": up to three words
  std::string summary;      // one line, lower case, no full stop
  std::string description;  // sentences; paragraphs are parted by an empty line
  std::vector<Option> options;
  std::vector<Positional> positionals;
  Run run{nullptr};
};

// Family is what commands with the same first words have in common ("key", "token resident").
struct Family {
  std::string name;
  std::string summary;
};

// command_table gives every command, in the order in which help lists them.
std::vector<Command> command_table();
std::vector<Family> family_table();
// global_options are taken by every command, before its name or after.
std::vector<Option> global_options();

// find_command gives the command with exactly this name, or null.
const Command* find_command(const std::vector<Command>& table, std::string_view name);
// find_family gives the family with exactly this name, or null.
const Family* find_family(const std::vector<Family>& table, std::string_view name);
// nearest_name gives the candidate least far from `name`, or nothing when none is near enough
// to be what was meant.
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates);

}  // namespace touchstone::agent::cli
