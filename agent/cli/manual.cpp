// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/manual.h"

#include "agent/cli/command.h"
#include "agent/cli/help.h"

namespace touchstone::agent::cli {
namespace {

// roff_text keeps scdoc from giving a meaning to what is only text.
std::string roff_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '*' || c == '_' || c == '\\' || c == '[' || c == '<' || c == '#') {
      result += '\\';
    }
    result += c;
  }
  return result;
}

// tabbed wraps text, indented with tabs, which is what scdoc takes for an indent.
std::string tabbed(std::string_view text, std::size_t tabs) {
  std::string result;
  std::string lines = wrap(text, tabs);
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin);
    // A line that begins with a dash would be an entry of a list.
    result += std::string(tabs, '\t') + (lines.at(begin + tabs) == '-' ? "\\" : "") +
              roff_text(std::string_view(lines).substr(begin + tabs, end - begin - tabs)) + "\n";
    begin = end + 1;
  }
  return result;
}

std::string option_entry(const Option& option, std::size_t tabs) {
  std::string heading = option.letter == '\0' ? "" : std::string("*-") + option.letter + "*, ";
  heading += "*--" + option.name + "*" +
             (option.argument.empty() ? "" : " _" + roff_text(option.argument) + "_");
  return std::string(tabs, '\t') + heading + "\n" + tabbed(option.help, tabs + 1) + "\n";
}

std::string command_entry(const Command& command) {
  std::string text = "*touchstone " + command.name + "*";
  text += command.options.empty() ? "" : " \\[_OPTION_...]";
  for (const Positional& positional : command.positionals) {
    const std::string name = "_" + roff_text(positional.name) + "_";
    text += positional.count == Count::kOne ? " " + name : " \\[" + name + "]";
    text += positional.count == Count::kAny ? "..." : "";
  }
  text += "\n";
  std::string_view rest = command.description;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("\n\n"), rest.size());
    text += tabbed(rest.substr(0, end), 1) + "\n";
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  for (const Positional& positional : command.positionals) {
    text += "\t_" + roff_text(positional.name) + "_\n" + tabbed(positional.help, 2) + "\n";
  }
  for (const Option& option : command.options) {
    text += option_entry(option, 1);
  }
  return text;
}

}  // namespace

std::string manual_commands() {
  std::string text = "# COMMANDS\n\n";
  for (const Command& command : command_table()) {
    text += command_entry(command);
  }
  text += "# OPTIONS\n\nEvery command takes these, before its name or after.\n\n";
  for (const Option& option : global_options()) {
    text += option_entry(option, 0);
  }
  return text;
}

}  // namespace touchstone::agent::cli
