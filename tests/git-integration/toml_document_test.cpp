// SPDX-License-Identifier: Apache-2.0
#include "git-integration/toml_document.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

constexpr std::size_t kMax = 4096;

TomlValue must(std::string_view text) {
  auto document = parse_toml(text, "t", kMax);
  if (!document) {
    ADD_FAILURE() << document.error().context;
    return {};
  }
  return std::move(*document);
}

std::string text_of_error(std::string_view text, std::size_t max = kMax) {
  const auto document = parse_toml(text, "t", max);
  return document ? "" : document.error().context;
}

TEST(TomlDocument, GivesEveryKindWithItsPlace) {
  const TomlValue document = must(
      "text = \"a\\u00e9\"\ncount = -7\nyes = true\nhalf = 0.5\n\n[table]\nkey = [1, \"x\"]\n"
      "[[list]]\na = 1\n[[list]]\n  b = 2\n");
  EXPECT_EQ(document.find("text")->text, "a\xc3\xa9");
  EXPECT_EQ(document.find("count")->integer, -7);
  EXPECT_TRUE(document.find("yes")->boolean);
  EXPECT_EQ(document.find("half")->kind, TomlKind::kFraction);
  const TomlValue* key = document.find("table")->find("key");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->line, 7U);
  EXPECT_EQ(key->column, 1U);
  ASSERT_EQ(key->elements.size(), 2U);
  EXPECT_EQ(key->elements[1].text, "x");
  EXPECT_EQ(key->elements[1].column, 11U);
  const TomlValue* list = document.find("list");
  ASSERT_EQ(list->elements.size(), 2U);
  EXPECT_EQ(list->elements[1].kind, TomlKind::kTable);
  EXPECT_EQ(list->elements[1].line, 10U);
  EXPECT_EQ(list->elements[1].find("b")->line, 11U);
  EXPECT_EQ(list->elements[1].find("b")->column, 3U);
  EXPECT_EQ(document.find("nothing"), nullptr);
}

TEST(TomlDocument, KeepsTheOrderOfTheFile) {
  const TomlValue document = must("z = 1\na = 2\nm = 3\n");
  ASSERT_EQ(document.members.size(), 3U);
  EXPECT_EQ(document.members[0].key, "z");
  EXPECT_EQ(document.members[1].key, "a");
  EXPECT_EQ(document.members[2].key, "m");
}

TEST(TomlDocument, TellsBareKeysFromQuotedOnes) {
  EXPECT_TRUE(must("a-b_1 = 1\n").members.at(0).bare);
  EXPECT_FALSE(must("\"a.b\" = 1\n").members.at(0).bare);
  EXPECT_FALSE(must("\"\" = 1\n").members.at(0).bare);
}

TEST(TomlDocument, KnowsATimeOnlyWithItsOffset) {
  const auto seconds = [](const std::string& text) {
    return must("t = " + text + "\n").find("t")->seconds;
  };
  EXPECT_EQ(seconds("2023-11-14T22:13:20Z"), 1'700'000'000U);
  EXPECT_EQ(seconds("2023-11-14T22:13:20.999Z"), 1'700'000'000U);
  EXPECT_EQ(seconds("2023-11-14T23:13:20+01:00"), 1'700'000'000U);
  EXPECT_EQ(seconds("2023-11-14 17:43:20-04:30"), 1'700'000'000U);
  EXPECT_EQ(seconds("2024-02-29T00:00:00Z"), 1'709'164'800U);
  EXPECT_EQ(seconds("1970-01-01T00:00:00Z"), 0U);
  EXPECT_EQ(seconds("9999-12-31T23:59:59Z"), 253'402'300'799U);
  for (const char* text : {"2023-11-14T22:13:20", "2023-11-14", "22:13:20", "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01"}) {
    EXPECT_EQ(seconds(text), std::nullopt) << text;
    EXPECT_EQ(must("t = " + std::string(text) + "\n").find("t")->kind, TomlKind::kDateTime);
  }
  for (const char* text : {"2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-01-01T24:00:00Z",
                           "2023-01-01T00:00:00+24:00"}) {
    EXPECT_NE(text_of_error("t = " + std::string(text) + "\n"), "") << text;
  }
}

TEST(TomlDocument, RefusesWithThePlace) {
  EXPECT_EQ(text_of_error("a = 1\nb = \n").substr(0, 4), "t:2:");
  EXPECT_EQ(text_of_error("a = 1\na = 2\n").substr(0, 4), "t:2:");
  EXPECT_EQ(text_of_error("x = 1\n[=]\n"), "t:2:1: a value that breaks off");
  EXPECT_EQ(text_of_error("[[=]]\n"), "t:1:1: a value that breaks off");
  // Letters that toml++'s tables take for unreachable: U+00E9, U+02A2, U+0378.
  for (const char* letter : {"\xc3\xa9", "\xca\xa2", "\xcd\xb8"}) {
    EXPECT_NE(text_of_error(std::string(letter) + " = 1\n"), "");
    EXPECT_NE(text_of_error("x" + std::string(letter) + " = 1\n"), "");
    EXPECT_EQ(text_of_error("# " + std::string(letter) + "\nx = \"" + letter + "\"\n"), "");
  }
  for (const char* date : {"2026-03-31T", "2026-03-31t", "2026-03-31Tx", "2026-03-31T_1",
                           "2026-03-31 0", "2026-03-31 0_", "2026-03-31 0 ", "202\"-03-31 0"}) {
    EXPECT_EQ(text_of_error("x = 1\n\nt = " + std::string(date) + "\ny = 2\n").substr(0, 4), "t:3:")
        << date;
  }
  EXPECT_EQ(toml_error("f", 3, 7, "what").context, "f:3:7: what");
}

TEST(TomlDocument, HoldsItsLimits) {
  EXPECT_EQ(text_of_error(std::string(kMax, '\n')), "");
  EXPECT_EQ(text_of_error(std::string(kMax + 1, '\n')), "t: limit 4096 bytes");
  const auto dots = [](std::size_t count) { return "a = \"" + std::string(count, '.') + "\"\n"; };
  EXPECT_EQ(text_of_error(dots(kTomlLineDotsMax)), "");
  EXPECT_EQ(text_of_error(dots(kTomlLineDotsMax + 1)), "t:1:1: too many dots in one line");
  EXPECT_NE(text_of_error("a = " + std::string(64, '[') + std::string(64, ']') + "\n"), "");
}

}  // namespace
}  // namespace touchstone::git
