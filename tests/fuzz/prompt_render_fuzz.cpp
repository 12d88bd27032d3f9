// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "agent/limits.h"
#include "agent/prompt_render.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace touchstone;

// The bytes, cut at zeros, become the texts of a prompt.
agent::Prompt prompt_from(std::string_view text) {
  const auto next = [&text] {
    const std::string_view piece = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    return std::string(piece);
  };
  agent::Prompt prompt;
  prompt.subject.headline = next();
  prompt.client.program = next();
  prompt.key_name = next();
  prompt.token = next();
  while (!text.empty()) {
    prompt.subject.facts.push_back({"author", next(), agent::FactSource::kClaimed});
  }
  return prompt;
}

std::size_t columns_of(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
  }));
}

}  // namespace

// The output oracle: displayable lines of ours, none wider than a terminal, and no
// markup in a notification.
void fuzz(base::ByteView bytes) {
  const agent::Prompt prompt = prompt_from(base::as_text(bytes));
  const std::string text = agent::render_prompt(prompt, agent::PromptState::kWaitingTouch);
  FUZZ_CHECK(!text.empty() && text.back() == '\n');
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    std::string line = text.substr(begin, end - begin);
    FUZZ_CHECK(columns_of(line) <= agent::kPromptColumns);
    FUZZ_CHECK(line.substr(0, 2) == "  " || begin == 0);
    std::replace(line.begin(), line.end(), '\\', '/');  // our own escapes begin with one
    FUZZ_CHECK(base::is_displayable(line));
    begin = end + 1;
  }
  for (const agent::PromptRow& row : agent::prompt_rows(prompt)) {
    FUZZ_CHECK(base::escape_markup(row.value).find_first_of("<>") == std::string::npos);
  }
}
