// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/completion.h"

namespace touchstone::agent::cli {
namespace {

constexpr std::string_view kFishHead = R"(# SPDX-License-Identifier: Apache-2.0
# fish completion for touchstone(1). Made by: touchstone completion fish

# __touchstone_command prints the words before the cursor that name a command.
function __touchstone_command
    set -l names)";

constexpr std::string_view kFishAfterNames = R"(
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l command ''
    set -l skip no
    for token in $tokens
        if test $skip = yes
            set skip no
            continue
        end
        switch $token
            case --socket
                set skip yes
                continue
            case '-*'
                continue
        end
        set -l longer (string trim -- "$command $token")
        if contains -- $longer $names
            set command $longer
        else
            break
        end
    end
    echo $command
end

function __touchstone_in
    set -l command (__touchstone_command)
    test "$command" = "$argv[1]"
end

complete -c touchstone -f
)";

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result + "'";
}

// values says what an argument may be. -x: an argument and no files, -F: files.
std::string values(Completes completes, const std::vector<std::string>& words) {
  switch (completes) {
    case Completes::kNothing:
      return " -x";
    case Completes::kFile:
      return " -r -F";
    case Completes::kFolder:
      return " -x -a '(__fish_complete_directories)'";
    case Completes::kKey:
      return " -x -a '(touchstone keys --names 2>/dev/null)'";
    case Completes::kToken:
      return " -x -a '(touchstone token list --ids 2>/dev/null)'";
    case Completes::kWords:
      return " -x -a " + in_quotes(joined(words));
  }
  return "";
}

std::string option_line(const std::string& condition, const Option& option) {
  std::string line = "complete -c touchstone" + condition;
  if (option.letter != '\0') {
    line += std::string(" -s ") + option.letter;
  }
  line += " -l " + option.name;
  if (!option.argument.empty()) {
    line += values(option.completes, option.words);
  }
  return line + " -d " + in_quotes(option.help) + "\n";
}

std::string positional_line(const std::string& condition, const Positional& positional) {
  if (positional.completes == Completes::kNothing) {
    return "";
  }
  std::string offered = values(positional.completes, positional.words);
  // A positional has no option for -x and -r to belong to.
  offered = offered.substr(positional.completes == Completes::kFile ? 6 : 3);
  return "complete -c touchstone" + condition +
         (positional.completes == Completes::kFile ? " -F" : offered) + "\n";
}

std::string condition_for(const std::string& prefix) {
  return " -n " + in_quotes("__touchstone_in " + in_quotes(prefix));
}

}  // namespace

std::string fish_completion() {
  std::string text(kFishHead);
  const std::vector<std::string> prefixes = command_prefixes();
  for (const std::string& prefix : prefixes) {
    text += prefix.empty() ? "" : " \\\n        " + in_quotes(prefix);
  }
  text += kFishAfterNames;
  for (const Option& option : global_options()) {
    text += option_line("", option);
  }
  const auto table = command_table();
  for (const std::string& prefix : prefixes) {
    const std::string condition = condition_for(prefix);
    for (const Word& word : words_after(prefix)) {
      text += "complete -c touchstone" + condition + " -a " + word.word + " -d " +
              in_quotes(word.summary) + "\n";
    }
    const Command* const command = find_command(table, prefix);
    if (command == nullptr) {
      continue;
    }
    for (const Option& option : command->options) {
      text += option_line(condition, option);
    }
    for (const Positional& positional : command->positionals) {
      text += positional_line(condition, positional);
    }
  }
  return text;
}

}  // namespace touchstone::agent::cli
