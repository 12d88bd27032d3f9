// SPDX-License-Identifier: Apache-2.0
#include "agent/prompt_render.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agent/limits.h"
#include "base/text.h"
#include "tests/agent/prompt_fixture.h"

namespace touchstone::agent {
namespace {

// What a hostile repository, client or token may put where (security.md B3 18).
const std::vector<std::string> kHostile = {
    "\x1b[2J\x1b[1;1H",                          // clears the screen
    "\x1b]52;c;aGVsbG8=\x07",                    // writes the clipboard (OSC 52)
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",  // OSC 8
    "a\r\ntouchstone: touch the token to sign commit: harmless",
    "a\n  key         other SHA256:AAAA",
    "\xc2\x9b"
    "2J",  // C1 CSI
    "\xe2\x80\xae"
    "gpj.exe",  // right-to-left override
    "a\xe2\x80\x8b"
    "b\xe2\x81\xa6"
    "c",                                 // zero width space, isolate
    "\xf0\x90\x28\xbc\xff\xfe\xc0\xaf",  // not UTF-8
    "\xf3\xa0\x81\x81",                  // tag character
    std::string("a\0b", 3),
    "<b>bold</b> &amp; <a href='x'>y</a>",
    std::string(100'000, 'W'),
    std::string(300, ' ') + "key         other SHA256:AAAA",
};

std::size_t columns_of(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) {
    columns += (static_cast<unsigned char>(c) & 0xc0U) == 0x80 ? 0 : 1;
  }
  return columns;
}

// The oracle: lines of ours, each displayable as it stands and no wider than it may be.
// A backslash of ours stands for an escape, so it is left out of the comparison.
void check_rendered(const std::string& text) {
  ASSERT_FALSE(text.empty());
  ASSERT_EQ(text.back(), '\n');
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    std::string line = text.substr(begin, end - begin);
    EXPECT_LE(columns_of(line), kPromptColumns) << line;
    EXPECT_EQ(line.compare(0, begin == 0 ? 12 : 2, begin == 0 ? "touchstone: " : "  "), 0) << line;
    std::replace(line.begin(), line.end(), '\\', '/');
    EXPECT_TRUE(base::is_displayable(line)) << line;
    begin = end + 1;
  }
  const std::size_t values_max = kFactsMax + 6;
  EXPECT_LE(text.size(), values_max * 4 * (2 * kFactColumnsMax + kPromptColumns));
}

TEST(WrapForTerminal, BreaksAtBlanksAndLongWordsWhereTheLineEnds) {
  const std::string word(kPromptColumns / 2, 'a');
  EXPECT_EQ(wrap_for_terminal(word + " " + word, 0, 2), word + " \n  " + word);
  EXPECT_EQ(wrap_for_terminal("a b", kPromptColumns - 2, 2), "a \n  b");
  EXPECT_EQ(wrap_for_terminal("a b", kPromptColumns - 3, 2), "a b");
  // A word that ends with the line leaves its blank to the next one.
  EXPECT_EQ(wrap_for_terminal("a b", kPromptColumns - 1, 2), "a\n   b");
  const std::string line(kPromptColumns, 'b');
  EXPECT_EQ(wrap_for_terminal(line + "bb", 0, 2), line + "\n  bb");
  EXPECT_EQ(wrap_for_terminal("a " + line, 0, 2),
            "a " + line.substr(2) + "\n  " + line.substr(kPromptColumns - 2));
  // As much as fits on a line of its own gets one, and one column more does not.
  const std::string own = line.substr(2);
  EXPECT_EQ(wrap_for_terminal("ab " + own, 0, 2), "ab \n  " + own);
  EXPECT_EQ(wrap_for_terminal("a " + own + "b", 0, 2), "a " + own + "\n  b");
  EXPECT_EQ(wrap_for_terminal("  a", kPromptColumns - 1, 2), " \n   a");
  EXPECT_EQ(wrap_for_terminal("日本 日本", kPromptColumns - 6, 2), "日本 \n  日本");
}

RC_GTEST_PROP(WrapForTerminal, LosesNothing, (const std::string& outside)) {
  const std::string text = base::escape_for_display(outside, 1000);
  std::string wrapped = wrap_for_terminal(text, 0, 0);
  std::erase(wrapped, '\n');
  RC_ASSERT(wrapped == text);
}

TEST(PromptRender, ShowsNoKeyThatIsNotThere) {
  const auto key_row = [](const Prompt& prompt) {
    for (const PromptRow& row : prompt_rows(prompt)) {
      if (row.label == "key") {
        return row.value;
      }
    }
    return std::string("none");
  };
  Prompt prompt = commit_prompt();
  EXPECT_EQ(key_row(prompt), "work " + prompt.key_fingerprint);
  prompt.key_fingerprint = "";
  EXPECT_EQ(key_row(prompt), "work");
  prompt.key_name = "";
  EXPECT_EQ(key_row(prompt), "none");
}

TEST(PromptRender, ShowsWhatTheTouchIsFor) {
  EXPECT_EQ(render_prompt(commit_prompt(), PromptState::kWaitingTouch),
            "touchstone: touch the token to sign commit: fix typo   [request 12]\n"
            "  repository  /home/a/project (claimed)\n"
            "  author      A <a@example.org>\n"
            "  key         work SHA256:uNiVztksCsDhcc0u9e8BrxS7GLfU7vGAAAAAAAAAAAA\n"
            "  token       Yubico YubiKey (/dev/hidraw0)\n"
            "  asked by    /usr/bin/git, pid 123 (claimed)\n"
            "  digest      1a2b 3c4d\n");
}

TEST(PromptRender, LeavesOutWhatIsNotKnown) {
  Prompt prompt = commit_prompt();
  prompt.token.clear();
  prompt.digest.clear();
  prompt.subject.facts.clear();
  EXPECT_EQ(render_prompt(prompt, PromptState::kPreparing),
            "touchstone: looking for the token to sign commit: fix typo   [request 12]\n"
            "  key         work SHA256:uNiVztksCsDhcc0u9e8BrxS7GLfU7vGAAAAAAAAAAAA\n"
            "  asked by    /usr/bin/git, pid 123 (claimed)\n");
}

TEST(PromptRender, SaysWhatToDoInEachState) {
  const Prompt prompt = commit_prompt();
  for (const auto& [state, name, words] :
       {std::tuple{PromptState::kQueued, "queued", "waiting behind another request to sign"},
        std::tuple{PromptState::kPreparing, "preparing", "looking for the token to sign"},
        std::tuple{PromptState::kWaitingPin, "waiting-pin", "enter the token's PIN to sign"},
        std::tuple{PromptState::kWaitingTouch, "waiting-touch", "touch the token to sign"}}) {
    EXPECT_EQ(name_of(state), name);
    EXPECT_EQ(render_prompt(prompt, state).find(std::string("touchstone: ") + words), 0U);
  }
}

TEST(PromptRender, SaysThatAConnectionIsForwarded) {
  Prompt prompt = commit_prompt();
  prompt.client.forwarded = true;
  EXPECT_NE(render_prompt(prompt, PromptState::kWaitingTouch).find("over a forwarded connection"),
            std::string::npos);
}

TEST(PromptRender, BreaksLongLinesItself) {
  Prompt prompt = commit_prompt();
  prompt.subject.facts = {{"author", std::string(100, 'a'), FactSource::kVerified}};
  const std::string text = render_prompt(prompt, PromptState::kWaitingTouch);
  EXPECT_NE(text.find("  author      " + std::string(64, 'a') + "\n" + std::string(14, ' ') +
                      std::string(36, 'a') + "\n"),
            std::string::npos)
      << text;
}

// Wide characters take two columns: taken for one, the terminal would break the line.
TEST(PromptRender, CountsWideCharactersTwice) {
  Prompt prompt = commit_prompt();
  std::string wide;
  for (int i = 0; i < 40; ++i) {
    wide += "\xe6\xbc\xa2";
  }
  prompt.subject.facts = {{"author", wide, FactSource::kVerified}};
  const std::string text = render_prompt(prompt, PromptState::kWaitingTouch);
  EXPECT_NE(text.find("  author      " + wide.substr(0, 96) + "\n"), std::string::npos) << text;
}

TEST(PromptRender, NeverLosesTheMarkOfAClaim) {
  Prompt prompt = commit_prompt();
  for (const std::string& hostile : kHostile) {
    prompt.subject.facts = {{"repository", hostile, FactSource::kClaimed}};
    const PromptRow row = prompt_rows(prompt).front();
    ASSERT_GE(row.value.size(), 10U);
    EXPECT_EQ(row.value.substr(row.value.size() - 10), " (claimed)");
  }
}

TEST(PromptRender, BoundsTheFacts) {
  Prompt prompt = commit_prompt();
  prompt.subject.facts.assign(kFactsMax, {"author", "a", FactSource::kVerified});
  EXPECT_EQ(render_prompt(prompt, PromptState::kQueued).find("not shown"), std::string::npos);
  prompt.subject.facts.resize(kFactsMax + 5, {"author", "a", FactSource::kVerified});
  EXPECT_NE(render_prompt(prompt, PromptState::kQueued).find("  and more    5 not shown\n"),
            std::string::npos);
}

TEST(PromptRender, ShowsOnlyWhatIsDisplayable) {
  for (const std::string& hostile : kHostile) {
    Prompt prompt = commit_prompt();
    prompt.subject.headline = hostile;
    prompt.subject.facts = {{hostile, hostile, FactSource::kClaimed},
                            {"author", hostile, FactSource::kVerified}};
    prompt.client.program = hostile;
    prompt.key_name = hostile;
    prompt.key_fingerprint = hostile;
    prompt.token = hostile;
    prompt.digest = hostile;
    check_rendered(render_prompt(prompt, PromptState::kWaitingTouch));
  }
}

RC_GTEST_PROP(PromptRenderProperty, ShowsOnlyWhatIsDisplayable, ()) {
  const auto text = [] { return *rc::gen::arbitrary<std::string>(); };
  Prompt prompt;
  prompt.number = *rc::gen::arbitrary<RequestNumber>();
  prompt.subject.headline = text();
  for (const std::string& value : *rc::gen::arbitrary<std::vector<std::string>>()) {
    prompt.subject.facts.push_back({text(), value, FactSource::kClaimed});
  }
  prompt.client.program = text();
  prompt.key_name = text();
  prompt.token = text();
  prompt.digest = text();
  check_rendered(render_prompt(prompt, PromptState::kWaitingTouch));
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(WrapForTerminal, BreaksBeforeTheLastColumn) {
  const std::string line(kPromptColumns, 'a');
  EXPECT_EQ(wrap_for_terminal(line, 0, 4), line);
  EXPECT_EQ(wrap_for_terminal(line + "b", 0, 4), line + "\n    b");
  EXPECT_EQ(wrap_for_terminal(line, 1, 4), line.substr(1) + "\n    a");
  EXPECT_EQ(wrap_for_terminal("", 0, 4), "");
}

}  // namespace
}  // namespace touchstone::agent
