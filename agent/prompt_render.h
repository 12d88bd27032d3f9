// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/prompt.h"

namespace touchstone::agent {

// Pieces that the channels share. All text they give is escaped and bounded.

// PromptRow is one line of a prompt below its headline. Claimed values end in " (claimed)", after
// any cut, so that no value can get rid of the mark.
struct PromptRow {
  std::string label;
  std::string value;
};

// prompt_rows gives the facts (at most kFactsMax, then how many more there are), key, token, who
// asks and the digest.
std::vector<PromptRow> prompt_rows(const Prompt& prompt);

// invitation_of is what the person is to do or wait for: "touch the token to".
std::string_view invitation_of(PromptState state);

// prompt_headline is the invitation and the subject's headline, on one line.
std::string prompt_headline(const Prompt& prompt, PromptState state);

// wrap_for_terminal breaks displayable text before kPromptColumns, with `indent` spaces in front
// of each further line: at blanks, all of which stay, and inside a word that is longer than a line,
// which then fills it, so that nobody takes the two for each other. Were it left to the terminal, a
// value could be laid out so that its second half looks like a line of ours.
std::string wrap_for_terminal(std::string_view text, std::size_t first_column, std::size_t indent);

}  // namespace touchstone::agent
