// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/help.h"

#include <algorithm>

namespace touchstone::agent::cli {
namespace {

constexpr std::size_t kColumns = 80;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

struct Row {
  std::string left;
  std::string right;
};

std::string rows_text(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) {
    width = std::max(width, row.left.size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string right = wrap(row.right, width + 4);
    text += "  " + padded(row.left, width) + "  " + right.substr(width + 4);
  }
  return text;
}

std::vector<Row> option_rows(const std::vector<Option>& options) {
  std::vector<Row> rows;
  for (const Option& option : options) {
    rows.push_back({option_heading(option), option.help});
  }
  return rows;
}

bool is_within(const std::string& name, const std::string& family) {
  return name.size() > family.size() && name.compare(0, family.size(), family) == 0 &&
         name.at(family.size()) == ' ';
}

}  // namespace

std::string wrap(std::string_view text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string result;
  std::string line = margin;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (line.size() > indent && line.size() + 1 + word.size() > kColumns) {
      result += line + "\n";
      line = margin;
    }
    if (line.size() > indent) {
      line += ' ';
    }
    line += word;
  }
  return result + line + "\n";
}

std::string option_heading(const Option& option) {
  std::string text = option.letter == '\0' ? "" : std::string("-") + option.letter + ", ";
  text += "--" + option.name;
  return option.argument.empty() ? text : text + " " + option.argument;
}

std::string synopsis(const Command& command) {
  std::string text = "touchstone " + command.name;
  if (!command.options.empty()) {
    text += " [OPTION]…";
  }
  for (const Positional& positional : command.positionals) {
    text += positional.count == Count::kOne ? " " + positional.name : " [" + positional.name + "]";
    text += positional.count == Count::kAny ? "…" : "";
  }
  return text;
}

std::string help_overview() {
  std::vector<Row> rows;
  for (const Command& command : command_table()) {
    rows.push_back({command.name, command.summary});
  }
  return "Signs only when a person touches a token, and shows what others signed without.\n\n"
         "usage: touchstone COMMAND [OPTION]… [ARGUMENT]…\n\n"
         "commands:\n" +
         rows_text(rows) + "\noptions:\n" + rows_text(option_rows(global_options())) +
         "\ntouchstone COMMAND --help says more about one; so does touchstone(1).\n";
}

std::string help_family(const Family& family) {
  std::vector<Row> rows;
  for (const Command& command : command_table()) {
    if (is_within(command.name, family.name)) {
      rows.push_back({command.name, command.summary});
    }
  }
  return "touchstone " + family.name + ": " + family.summary + "\n\ncommands:\n" + rows_text(rows);
}

std::string help_command(const Command& command) {
  std::string text = "usage: " + synopsis(command) + "\n\n";
  std::string_view rest = command.description;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("\n\n"), rest.size());
    text += wrap(rest.substr(0, end), 0) + "\n";
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  if (!command.positionals.empty()) {
    std::vector<Row> rows;
    for (const Positional& positional : command.positionals) {
      rows.push_back({positional.name, positional.help});
    }
    text += "arguments:\n" + rows_text(rows) + "\n";
  }
  std::vector<Option> options = command.options;
  const std::vector<Option> global = global_options();
  options.insert(options.end(), global.begin(), global.end());
  return text + "options:\n" + rows_text(option_rows(options));
}

}  // namespace touchstone::agent::cli
