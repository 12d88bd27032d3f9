// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/cli/command.h"

namespace touchstone::agent::cli {

// Completions for three shells, made from the command table. The files in completion/ are what
// these give; a test holds them to it.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

// Word is one word that may follow a command's first words, with what it does.
struct Word {
  std::string word;
  std::string summary;
};
// command_prefixes gives every name and every beginning of a name, "" first.
std::vector<std::string> command_prefixes();
// words_after gives what may stand next: for "key" new, import, remove, export.
std::vector<Word> words_after(const std::string& prefix);
// joined puts the words one after another, with a space between.
std::string joined(const std::vector<std::string>& words);

}  // namespace touchstone::agent::cli
