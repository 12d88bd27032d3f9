// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace touchstone::base {
namespace {

constexpr std::size_t kWide = 1000;

std::string escaped(std::string_view text) { return escape_for_display(text, kWide); }

// RFC 3629 section 3, the other way than the code under test goes.
std::string utf8(char32_t c) {
  const auto tail = [c](unsigned shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    return {static_cast<char>(c)};
  }
  if (c < 0x800) {
    return {static_cast<char>(0xc0 | (c >> 6)), tail(0)};
  }
  if (c < 0x10000) {
    return {static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)};
  }
  return {static_cast<char>(0xf0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

struct Span {
  char32_t first;
  char32_t last;
};

bool in(const std::vector<Span>& spans, char32_t c) {
  return std::any_of(spans.begin(), spans.end(),
                     [c](Span span) { return c >= span.first && c <= span.last; });
}

// The oracle: tables of the Unicode Character Database 15.0 by the names they have there.
const std::vector<Span> kControl = {{0x00, 0x1f}, {0x7f, 0x9f}};
const std::vector<Span> kBidiControl = {
    {0x061c, 0x061c}, {0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}};
const std::vector<Span> kSeparators = {{0x2028, 0x2029}};
const std::vector<Span> kDefaultIgnorable = {
    {0x00ad, 0x00ad},   {0x034f, 0x034f},  {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},  {0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},  {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
const std::vector<Span> kPrivateUse = {{0xe000, 0xf8ff}, {0xf0000, 0xffffd}, {0x100000, 0x10fffd}};
const std::vector<Span> kSurrogates = {{0xd800, 0xdfff}};
// Format characters that are not ignorable but lay out what is around them.
const std::vector<Span> kOtherFormat = {{0xfff9, 0xfffb}, {0x13430, 0x1343f}};
// Not forbidden by any property: draw nothing (braille blank), or stand for something else.
const std::vector<Span> kOurs = {{0x2800, 0x2800}, {0xfffc, 0xfffd}, {0xe1000, 0xeffff}};

bool must_be_hidden(char32_t c) {
  const bool is_noncharacter = (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffeU) == 0xfffe;
  return is_noncharacter || in(kControl, c) || in(kBidiControl, c) || in(kSeparators, c) ||
         in(kDefaultIgnorable, c) || in(kPrivateUse, c) || in(kSurrogates, c) ||
         in(kOtherFormat, c) || in(kOurs, c);
}

// The inverse of escaping, or nothing when the text is none that escaping gives.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() != '\\') {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    std::string_view digits;
    if (text.substr(0, 2) == "\\\\") {
      out += '\\';
      text.remove_prefix(2);
      continue;
    }
    const bool is_byte = text.substr(0, 2) == "\\x";
    const std::size_t end = is_byte ? 4 : text.find('}');
    if (end == text.npos || end > text.size() || (!is_byte && text.substr(0, 3) != "\\u{")) {
      return std::nullopt;
    }
    digits = is_byte ? text.substr(2, 2) : text.substr(3, end - 3);
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) {
      return std::nullopt;
    }
    out += is_byte ? std::string(1, static_cast<char>(value)) : utf8(value);
    text.remove_prefix(is_byte ? end : end + 1);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80;
  }));
}

TEST(EscapeForDisplay, AgreesWithTheUnicodeTablesOnEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    const std::string raw = utf8(c);
    const std::string shown = escaped(raw);
    if (must_be_hidden(c) || c == U'\\') {
      ASSERT_NE(shown, raw) << std::hex << static_cast<std::uint32_t>(c);
      ASSERT_EQ(shown.front(), '\\');
      ASSERT_TRUE(is_displayable(shown.substr(shown.rfind('\\') + 1)));
    } else {
      ASSERT_EQ(shown, raw) << std::hex << static_cast<std::uint32_t>(c);
    }
  }
}

TEST(EscapeForDisplay, ShowsEachKindAsDocumented) {
  EXPECT_EQ(escaped("gr\xc3\xbc\xc3\x9f dich"), "gr\xc3\xbc\xc3\x9f dich");
  EXPECT_EQ(escaped("\x1b]52;c;aGk=\x07"), "\\x1b]52;c;aGk=\\x07");
  EXPECT_EQ(escaped("a\tb\r\nc"), "a\\x09b\\x0d\\x0ac");
  EXPECT_EQ(escaped(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(escaped("\x7f"), "\\x7f");
  EXPECT_EQ(escaped("\xc2\x9b"
                    "31m"),
            "\\u{009b}31m");
  EXPECT_EQ(escaped("\xe2\x80\xae"
                    "cod.exe"),
            "\\u{202e}cod.exe");
  EXPECT_EQ(escaped("a\xe2\x80\x8b"
                    "b"),
            "a\\u{200b}b");
  EXPECT_EQ(escaped("\xf3\xa0\x81\x81"), "\\u{e0041}");
  EXPECT_EQ(escaped("C:\\x1b"), "C:\\\\x1b");
}

// RFC 3629 sections 3 and 10; the encodings naive decoders accept.
TEST(EscapeForDisplay, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(escaped("\xff"), "\\xff");
  EXPECT_EQ(escaped("\x80"
                    "a"),
            "\\x80a");
  EXPECT_EQ(escaped("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(escaped("\xc1\x9b"), "\\xc1\\x9b");
  EXPECT_EQ(escaped("\xe0\x80\x9b"), "\\xe0\\x80\\x9b");
  EXPECT_EQ(escaped("\xf0\x80\x80\x9b"), "\\xf0\\x80\\x80\\x9b");
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(escaped("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80");
  EXPECT_EQ(escaped("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(escaped("\xe2\x82"
                    "A"),
            "\\xe2\\x82A");
  EXPECT_EQ(escaped("\xf0\x9f\x92"), "\\xf0\\x9f\\x92");
}

TEST(EscapeForDisplay, CutsAtTheLimitAndMarksIt) {
  EXPECT_EQ(escape_for_display("abcde", 5), "abcde");
  EXPECT_EQ(escape_for_display("abcdef", 5), "abcd…");
  EXPECT_EQ(escape_for_display("abcdef", 1), "…");
  EXPECT_EQ(escape_for_display("abcdef", 0), "");
  EXPECT_EQ(escape_for_display("", 0), "");
  EXPECT_EQ(escape_for_display("äöüß", 4), "äöüß");
  EXPECT_EQ(escape_for_display("äöüßé", 4), "äöü…");
}

TEST(EscapeForDisplay, NeverCutsAnEscapeInHalf) {
  EXPECT_EQ(escape_for_display("ab\x1b", 6), "ab\\x1b");
  EXPECT_EQ(escape_for_display("ab\x1b", 5), "ab…");
  EXPECT_EQ(escape_for_display("ab\x1b"
                               "c",
                               6),
            "ab…");
  EXPECT_EQ(escape_for_display("a\\b", 3), "a…");
  EXPECT_EQ(escape_for_display("a\\b", 4), "a\\\\b");
}

TEST(EscapeForDisplay, KeepsMemoryBounded) {
  const std::string huge(8U << 20U, '\x1b');
  EXPECT_LE(escape_for_display(huge, 80).size(), 82U);
}

RC_GTEST_PROP(EscapeForDisplay, CanBeUndone, (const std::string& text)) {
  const std::string shown = escape_for_display(text, text.size() * 12 + 1);
  RC_ASSERT(unescape(shown) == text);
}

RC_GTEST_PROP(EscapeForDisplay, FitsAndHidesNothing,
              (const std::string& text, std::uint8_t limit)) {
  const std::string shown = escape_for_display(text, limit);
  RC_ASSERT(columns(shown) <= limit);
  std::string rest = shown;
  std::erase(rest, '\\');
  RC_ASSERT(is_displayable(rest));
}

// Made of the pieces that matter, which random bytes seldom are.
RC_GTEST_PROP(EscapeForDisplay, CanBeUndoneForCodePoints,
              (const std::vector<std::uint32_t>& code_points)) {
  std::string text;
  for (const std::uint32_t code_point : code_points) {
    text += utf8(code_point % 0x110000);
  }
  RC_ASSERT(unescape(escape_for_display(text, text.size() * 12 + 1)) == text);
}

TEST(IsDisplayable, SaysWhetherNothingChanges) {
  EXPECT_TRUE(is_displayable(""));
  EXPECT_TRUE(is_displayable("Fix the parser"));
  EXPECT_TRUE(is_displayable("日本語"));
  EXPECT_FALSE(is_displayable("a\nb"));
  EXPECT_FALSE(is_displayable("a\\b"));
  EXPECT_FALSE(is_displayable("\xff"));
  EXPECT_FALSE(is_displayable("a\xe2\x80\x8b"));
}

TEST(EscapeMarkup, EscapesTheFiveCharactersOfHtml) {
  EXPECT_EQ(escape_markup("a<b>&amp;\"'"), "a&lt;b&gt;&amp;amp;&quot;&apos;");
  EXPECT_EQ(escape_markup(""), "");
}

TEST(Counted, MakesThePluralOfAllButOne) {
  EXPECT_EQ(counted(0, "touch", "touches"), "0 touches");
  EXPECT_EQ(counted(1, "touch", "touches"), "1 touch");
  EXPECT_EQ(counted(2, "touch", "touches"), "2 touches");
  EXPECT_EQ(counted(1, "signature"), "1 signature");
  EXPECT_EQ(counted(10, "signature"), "10 signatures");
}

TEST(EditDistance, CountsChanges) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("timeout", "timeuot"), 2U);
  EXPECT_EQ(edit_distance("touch", "touch"), 0U);
}

TEST(EditDistance, LooksAtTheFirst64BytesOnly) {
  const std::string a(64, 'a');
  EXPECT_EQ(edit_distance(a, a + "bbbb"), 0U);
  EXPECT_EQ(edit_distance(a.substr(1), a + "bbbb"), 1U);
}

RC_GTEST_PROP(EditDistance, IsSymmetricAndBounded, (const std::string& a, const std::string& b)) {
  const std::size_t distance = edit_distance(a, b);
  RC_ASSERT(distance == edit_distance(b, a));
  RC_ASSERT(distance <=
            std::max(std::min<std::size_t>(a.size(), 64), std::min<std::size_t>(b.size(), 64)));
}

}  // namespace
}  // namespace touchstone::base
