// SPDX-License-Identifier: Apache-2.0
#include "agent/prompt_terminal.h"

#include <cerrno>
#include <string>

#include <unistd.h>

#include "agent/limits.h"
#include "agent/prompt_render.h"
#include "agent/terminal.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

// A program may have put its terminal in raw mode, where a line feed alone does not go back to the
// first column. The text begins on a line of its own: what stands on the terminal already is
// somebody else's, and must not seem to belong to us.
std::string for_terminal(std::string_view text) {
  std::string out = "\r\n";
  for (const char c : text) {
    if (c == '\n') {
      out += '\r';
    }
    out += c;
  }
  return out;
}

bool write_at_once(const Client& client, std::string_view text) {
  const auto terminal = open_terminal(client.terminal, client.uid);
  if (!terminal) {
    return false;
  }
  const std::string bytes = for_terminal(text);
  ssize_t count = -1;
  do {
    count = write(terminal->get(), bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(bytes.size());
}

std::string line_of(const Prompt& prompt, std::string_view text) {
  const std::string line =
      "touchstone: [request " + std::to_string(prompt.number) + "] " + std::string(text);
  return wrap_for_terminal(line, 0, kPromptContinuationIndent) + "\n";
}

class TerminalChannel final : public PromptChannel {
 public:
  std::string_view name() const override { return "terminal"; }

  bool open(const Prompt& prompt, PromptState state) override {
    return write_at_once(prompt.client, render_prompt(prompt, state));
  }

  void update(const Prompt& prompt, PromptState state) override {
    std::string text = prompt_headline(prompt, state);
    if (!prompt.token.empty()) {
      text += " on " + base::escape_for_display(prompt.token, kFactColumnsMax);
    }
    write_at_once(prompt.client, line_of(prompt, text));
  }

  void close(const Prompt& prompt, const base::Error* outcome) override {
    write_at_once(
        prompt.client,
        line_of(prompt, outcome == nullptr ? "done" : "refused: " + base::message_of(*outcome)));
  }
};

}  // namespace

std::unique_ptr<PromptChannel> make_terminal_channel() {
  return std::make_unique<TerminalChannel>();
}

}  // namespace touchstone::agent
