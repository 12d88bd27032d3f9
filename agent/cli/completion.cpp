// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/completion.h"

#include <algorithm>

namespace touchstone::agent::cli {

std::vector<std::string> command_prefixes() {
  std::vector<std::string> prefixes{""};
  for (const Command& command : command_table()) {
    for (std::size_t end = 0; end != std::string::npos;) {
      end = command.name.find(' ', end + 1);
      const std::string prefix = command.name.substr(0, end);
      if (std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end()) {
        prefixes.push_back(prefix);
      }
    }
  }
  return prefixes;
}

std::vector<Word> words_after(const std::string& prefix) {
  const auto commands = command_table();
  const auto families = family_table();
  const std::string before = prefix.empty() ? "" : prefix + " ";
  std::vector<Word> words;
  for (const std::string& name : command_prefixes()) {
    if (name.size() <= before.size() || name.compare(0, before.size(), before) != 0 ||
        name.find(' ', before.size()) != std::string::npos) {
      continue;
    }
    const Command* const command = find_command(commands, name);
    const Family* const family = find_family(families, name);
    words.push_back({name.substr(before.size()), command != nullptr  ? command->summary
                                                 : family != nullptr ? family->summary
                                                                     : std::string()});
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

}  // namespace touchstone::agent::cli
