// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/completion.h"

namespace touchstone::agent::cli {
namespace {

constexpr std::string_view kZshHead = R"zsh(#compdef touchstone
# SPDX-License-Identifier: Apache-2.0
# zsh completion for touchstone(1). Made by: touchstone completion zsh

_touchstone_keys() {
  local -a names
  names=(${(f)"$(touchstone keys --names 2>/dev/null)"})
  compadd -a names
}

_touchstone_tokens() {
  local -a ids
  ids=(${(f)"$(touchstone token list --ids 2>/dev/null)"})
  compadd -a ids
}

_touchstone() {
  local command='' word
  integer i last=1
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case $word in
      --socket) ((i++)); continue ;;
      -*) continue ;;
    esac
    case "${command:+$command }$word" in
)zsh";

constexpr std::string_view kZshAfterNames = R"zsh(        command="${command:+$command }$word"
        ((last = i)) ;;
      *) break ;;
    esac
  done
  local -a next
  case $command in
)zsh";

constexpr std::string_view kAfterNext = R"zsh(  esac
  if (( $#next )) && [[ $PREFIX != -* ]]; then
    _describe -t commands 'command' next
    return
  fi
  words=("$command" "${(@)words[last + 1,-1]}")
  ((CURRENT -= last - 1))
  case $command in
)zsh";

constexpr std::string_view kZshTail = R"zsh(  esac
}

_touchstone "$@"
)zsh";

// zsh_text takes out what _arguments and _describe give a meaning to, and closes the quotes around
// an apostrophe.
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else if (c == ':' || c == '[' || c == ']' || c == '\\') {
      result += std::string("\\") + c;
    } else {
      result += c;
    }
  }
  return result;
}

std::string action(Completes completes, const std::vector<std::string>& words) {
  switch (completes) {
    case Completes::kNothing:
      return " ";
    case Completes::kFile:
      return "_files";
    case Completes::kFolder:
      return "_files -/";
    case Completes::kKey:
      return "_touchstone_keys";
    case Completes::kToken:
      return "_touchstone_tokens";
    case Completes::kWords:
      return "(" + joined(words) + ")";
  }
  return " ";
}

std::string option_line(const Option& option) {
  const std::string tail = "'[" + zsh_text(option.help) + "]" +
                           (option.argument.empty() ? ""
                                                    : ":" + option.argument + ":" +
                                                          action(option.completes, option.words)) +
                           "'";
  const std::string name = "--" + option.name + (option.argument.empty() ? "" : "=");
  if (option.letter == '\0') {
    return " \\\n        '" + name + tail.substr(1);
  }
  const std::string letter = std::string("-") + option.letter;
  return " \\\n        '(" + letter + " --" + option.name + ")'{" + letter + "," + name + "}" +
         tail;
}

std::string arguments_case(const std::string& prefix) {
  const auto table = command_table();
  std::string text = "    '" + prefix + "')\n      _arguments";
  if (const Command* const command = find_command(table, prefix)) {
    for (const Option& option : command->options) {
      text += option_line(option);
    }
    std::size_t place = 0;
    for (const Positional& positional : command->positionals) {
      // zsh's word for all that is left takes one colon.
      const bool any = positional.count == Count::kAny;
      const std::string number = any ? "*" : std::to_string(++place);
      const std::string colons = positional.count == Count::kOptional ? "::" : ":";
      text += " \\\n        '" + number + colons + zsh_text(positional.name) + ":" +
              action(positional.completes, positional.words) + "'";
    }
  }
  for (const Option& option : global_options()) {
    text += option_line(option);
  }
  return text + " ;;\n";
}

std::string next_zsh_case(const std::string& prefix) {
  std::string text;
  for (const Word& word : words_after(prefix)) {
    text += "\n        '" + zsh_text(word.word) + ":" + zsh_text(word.summary) + "'";
  }
  return text.empty() ? "" : "    '" + prefix + "')\n      next=(" + text + ") ;;\n";
}

}  // namespace

std::string zsh_completion() {
  std::string text(kZshHead);
  std::string names;
  for (const std::string& prefix : command_prefixes()) {
    if (!prefix.empty()) {
      names += (names.empty() ? "      '" : " | \\\n      '") + prefix + "'";
    }
  }
  text += names + ")\n" + std::string(kZshAfterNames);
  for (const std::string& prefix : command_prefixes()) {
    text += next_zsh_case(prefix);
  }
  text += kAfterNext;
  for (const std::string& prefix : command_prefixes()) {
    text += arguments_case(prefix);
  }
  return text + std::string(kZshTail);
}

}  // namespace touchstone::agent::cli
