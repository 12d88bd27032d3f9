// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/completion.h"

namespace touchstone::agent::cli {
namespace {

constexpr std::string_view kBashHead = R"(# SPDX-License-Identifier: Apache-2.0
# bash completion for touchstone(1). Made by: touchstone completion bash

_touchstone_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_touchstone_paths() {
  mapfile -t COMPREPLY < <(compgen "$1" -- "${COMP_WORDS[COMP_CWORD]}")
  compopt -o filenames 2>/dev/null
}

# _touchstone_command sets `command` to the words before the cursor that name one.
_touchstone_command() {
  local i word
  command=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --socket) ((i++)); continue ;;
      -*) continue ;;
    esac
    case "${command:+$command }$word" in
)";

constexpr std::string_view kBashAfterNames = R"(        command="${command:+$command }$word" ;;
      *) return ;;
    esac
  done
}

_touchstone() {
  local command
  _touchstone_command
  case "$command ${COMP_WORDS[COMP_CWORD - 1]}" in
)";

constexpr std::string_view kAfterValues = R"(  esac
  if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
    case $command in
)";

constexpr std::string_view kAfterOptions = R"(    esac
    return
  fi
  case $command in
)";

constexpr std::string_view kBashTail = R"(  esac
}

complete -F _touchstone touchstone
)";

// offer is the shell command that offers what goes there; empty for nothing.
std::string offer(Completes completes, const std::vector<std::string>& words) {
  switch (completes) {
    case Completes::kNothing:
      return "";
    case Completes::kFile:
      return "_touchstone_paths -f";
    case Completes::kFolder:
      return "_touchstone_paths -d";
    case Completes::kKey:
      return "_touchstone_words \"$(touchstone keys --names 2>/dev/null)\"";
    case Completes::kToken:
      return "_touchstone_words \"$(touchstone token list --ids 2>/dev/null)\"";
    case Completes::kWords:
      return "_touchstone_words '" + joined(words) + "'";
  }
  return "";
}

std::string values_case(const std::string& prefix, const Option& option) {
  if (option.argument.empty()) {
    return "";
  }
  std::string pattern = prefix + "--" + option.name;
  pattern = prefix == "* " ? "*' --" + option.name + "'" : "'" + pattern + "'";
  if (option.letter != '\0') {
    pattern += " | '" + prefix + "-" + option.letter + "'";
  }
  std::string action = offer(option.completes, option.words);
  return "    " + pattern + ") " + (action.empty() ? "" : action + "; ") + "return ;;\n";
}

std::vector<std::string> option_names(const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const Option& option : options) {
    names.push_back("--" + option.name);
  }
  return names;
}

std::string options_case(const std::string& prefix) {
  const auto table = command_table();
  const Command* const command = find_command(table, prefix);
  std::vector<std::string> names =
      command == nullptr ? std::vector<std::string>() : option_names(command->options);
  for (std::string& name : option_names(global_options())) {
    names.push_back(std::move(name));
  }
  return "      '" + prefix + "') _touchstone_words '" + joined(names) + "' ;;\n";
}

std::string next_bash_case(const std::string& prefix) {
  const auto table = command_table();
  std::vector<std::string> words;
  for (const Word& word : words_after(prefix)) {
    words.push_back(word.word);
  }
  std::string action = words.empty() ? "" : offer(Completes::kWords, words);
  const Command* const command = find_command(table, prefix);
  if (action.empty() && command != nullptr && !command->positionals.empty()) {
    const Positional& first = command->positionals.front();
    action = offer(first.completes, first.words);
  }
  return action.empty() ? "" : "    '" + prefix + "') " + action + " ;;\n";
}

}  // namespace

std::string bash_completion() {
  std::string text(kBashHead);
  std::string names;
  for (const std::string& prefix : command_prefixes()) {
    if (!prefix.empty()) {
      names += (names.empty() ? "      '" : " | \\\n      '") + prefix + "'";
    }
  }
  text += names + ")\n" + std::string(kBashAfterNames);
  for (const Option& option : global_options()) {
    text += values_case("* ", option);
  }
  for (const Command& command : command_table()) {
    for (const Option& option : command.options) {
      text += values_case(command.name + " ", option);
    }
  }
  text += kAfterValues;
  for (const std::string& prefix : command_prefixes()) {
    text += options_case(prefix);
  }
  text += kAfterOptions;
  for (const std::string& prefix : command_prefixes()) {
    text += next_bash_case(prefix);
  }
  return text + std::string(kBashTail);
}

}  // namespace touchstone::agent::cli
