// SPDX-License-Identifier: Apache-2.0
#include "agent/prompt_render.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kLabelColumns = 11;
constexpr std::size_t kValueIndent = 2 + kLabelColumns + 1;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }

// From Hangul Jamo on, scripts with double-width characters begin; taking all of them for wide
// makes a line too short at worst, and never so long that the terminal would wrap it.
std::size_t columns_of(std::string_view character) {
  return character.size() > 2 && static_cast<unsigned char>(character.front()) > 0xe0 ? 2 : 1;
}

std::size_t length_of_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && is_continuation(text[length])) {
    ++length;
  }
  return length;
}

// columns_of_word gives the columns up to the next blank; zero before one.
std::size_t columns_of_word(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty() && text.front() != ' ') {
    const std::string_view character = text.substr(0, length_of_character(text));
    columns += columns_of(character);
    text.remove_prefix(character.size());
  }
  return columns;
}

std::string forwarded_note(const Client& client) {
  return client.forwarded ? ", over a forwarded connection" : "";
}

}  // namespace

std::string_view name_of(PromptState state) {
  switch (state) {
    case PromptState::kQueued:
      return "queued";
    case PromptState::kPreparing:
      return "preparing";
    case PromptState::kWaitingPin:
      return "waiting-pin";
    case PromptState::kWaitingTouch:
      return "waiting-touch";
  }
  return "queued";
}

std::string_view invitation_of(PromptState state) {
  switch (state) {
    case PromptState::kQueued:
      return "waiting behind another request to";
    case PromptState::kPreparing:
      return "looking for the token to";
    case PromptState::kWaitingPin:
      return "enter the token's PIN to";
    case PromptState::kWaitingTouch:
      return "touch the token to";
  }
  return "waiting to";
}

std::string wrap_for_terminal(std::string_view text, std::size_t first_column, std::size_t indent) {
  std::string out;
  std::size_t column = first_column;
  bool line_is_empty = true;  // but for what the caller or the indentation put there
  const auto end_line = [&] {
    out += "\n";
    out.append(indent, ' ');
    column = indent;
    line_is_empty = true;
  };
  bool begins_word = true;
  while (!text.empty()) {
    const std::size_t word = begins_word ? columns_of_word(text) : 0;
    if (!line_is_empty && column + word > kPromptColumns && indent + word <= kPromptColumns) {
      end_line();
    }
    const std::string_view character = text.substr(0, length_of_character(text));
    if (column + columns_of(character) > kPromptColumns) {
      end_line();
    }
    out += character;
    column += columns_of(character);
    line_is_empty = false;
    begins_word = character == " ";
    text.remove_prefix(character.size());
  }
  return out;
}

std::vector<PromptRow> prompt_rows(const Prompt& prompt) {
  std::vector<PromptRow> rows;
  const auto add = [&rows](std::string_view label, std::string_view value, bool claimed) {
    std::string shown = base::escape_for_display(value, kFactColumnsMax);
    rows.push_back({base::escape_for_display(label, kFactLabelColumnsMax),
                    claimed ? std::move(shown) + " (claimed)" : std::move(shown)});
  };
  for (const Fact& fact : prompt.subject.facts) {
    if (rows.size() == kFactsMax) {
      add("and more", std::to_string(prompt.subject.facts.size() - kFactsMax) + " not shown",
          false);
      break;
    }
    add(fact.label, fact.value, fact.source == FactSource::kClaimed);
  }
  // A key that is being made has no fingerprint yet, and what is asked of a token has no key.
  if (!prompt.key_name.empty()) {
    const std::string separator = prompt.key_fingerprint.empty() ? "" : " ";
    add("key", prompt.key_name + separator + prompt.key_fingerprint, false);
  }
  if (!prompt.token.empty()) {
    add("token", prompt.token, false);
  }
  add("asked by",
      prompt.client.program + ", pid " + std::to_string(prompt.client.pid) +
          forwarded_note(prompt.client),
      true);
  if (!prompt.digest.empty()) {
    add("digest", prompt.digest, false);
  }
  return rows;
}

std::string prompt_headline(const Prompt& prompt, PromptState state) {
  std::string line(invitation_of(state));
  line += " ";
  line += base::escape_for_display(prompt.subject.headline, kFactColumnsMax);
  return line;
}

std::string render_prompt(const Prompt& prompt, PromptState state) {
  const std::string request = "   [request " + std::to_string(prompt.number) + "]";
  std::string out = wrap_for_terminal("touchstone: " + prompt_headline(prompt, state) + request, 0,
                                      kPromptContinuationIndent) +
                    "\n";
  for (const PromptRow& row : prompt_rows(prompt)) {
    std::string label = "  " + row.label;
    const auto shown = static_cast<std::size_t>(
        std::count_if(label.begin(), label.end(), [](char c) { return !is_continuation(c); }));
    label.append(kValueIndent > shown ? kValueIndent - shown : 1, ' ');
    const std::size_t column = std::max(kValueIndent, shown + 1);
    out += label + wrap_for_terminal(row.value, column, kValueIndent) + "\n";
  }
  return out;
}

}  // namespace touchstone::agent
