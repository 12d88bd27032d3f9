// SPDX-License-Identifier: Apache-2.0
#include "agent/assuan.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

base::Result<AssuanLine> parse(std::string_view text) {
  return parse_assuan_line(base::as_bytes(text));
}

class AssuanData : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::init_secure_heap().has_value()); }
  static std::string decoded(std::string_view escaped) {
    base::Secret secret;
    const base::Status done = append_assuan_data(secret, base::as_bytes(escaped));
    return done ? std::string(base::as_text(secret.view()))
                : "error: " + std::string(base::describe(done.error().code).word);
  }
};

TEST(AssuanLineTest, ReadsEveryKindOfResponse) {
  EXPECT_EQ(parse("OK")->kind, AssuanKind::kOk);
  EXPECT_EQ(parse("OK Pleased to meet you")->kind, AssuanKind::kOk);
  EXPECT_EQ(parse("D 1234")->kind, AssuanKind::kData);
  EXPECT_EQ(base::as_text(parse("D  12 ")->rest), " 12 ");
  EXPECT_EQ(base::as_text(parse("D ")->rest), "");
  EXPECT_EQ(base::as_text(parse("D")->rest), "");
  EXPECT_EQ(parse("S PIN_REPEATED")->kind, AssuanKind::kStatus);
  EXPECT_EQ(base::as_text(parse("S PIN_REPEATED")->rest), "PIN_REPEATED");
  EXPECT_EQ(parse("# hello")->kind, AssuanKind::kComment);
  EXPECT_EQ(parse("#")->kind, AssuanKind::kComment);
  EXPECT_EQ(parse("INQUIRE QUALITY x")->kind, AssuanKind::kInquire);
}

// What pinentry 1.2.1 answers when the person presses Cancel.
TEST(AssuanLineTest, ReadsErrorNumbers) {
  const auto line = parse("ERR 83886179 Operation cancelled <Pinentry>");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->kind, AssuanKind::kError);
  EXPECT_EQ(line->error, 83886179U);
  EXPECT_TRUE(is_refusal(line->error));
  EXPECT_EQ(parse("ERR 4294967295")->error, 4294967295U);
  EXPECT_TRUE(is_refusal(83886142));   // timeout
  EXPECT_TRUE(is_refusal(83886194));   // not confirmed
  EXPECT_TRUE(is_refusal(83886278));   // fully cancelled
  EXPECT_FALSE(is_refusal(83886355));  // unknown command
}

TEST(AssuanLineTest, RefusesEverythingElse) {
  for (const char* bad : {"",
                          " ",
                          "ok",
                          "OKAY",
                          " OK",
                          "OK\r",
                          "D1234",
                          "d 1234",
                          "BYE",
                          "END",
                          "ERR",
                          "ERR ",
                          "ERR x",
                          "ERR -1",
                          "ERR 0",
                          "ERR 4294967296",
                          "ERR 99999999999999999999999",
                          "ERR 1x",
                          "ERR  1",
                          "INQUIREX",
                          "\tOK",
                          "\xff"}) {
    const auto line = parse(bad);
    ASSERT_FALSE(line.has_value()) << bad;
    EXPECT_EQ(line.error().code, base::Code::kMalformed) << bad;
  }
  EXPECT_FALSE(parse(std::string_view("OK\0", 3)).has_value());
}

TEST(AssuanLineTest, BoundsTheLine) {
  const std::string full = "D " + std::string(kAssuanLineMax - 2, 'x');
  EXPECT_TRUE(parse(full).has_value());
  EXPECT_EQ(parse(full + "x").error().code, base::Code::kTooLong);
}

TEST(AssuanLineTest, NeverQuotesTheLine) {
  for (const char* bad : {"X 246810", "ERR 246810x", "D246810"}) {
    EXPECT_EQ(base::message_of(parse(bad).error()).find("2468"), std::string::npos);
  }
}

TEST_F(AssuanData, DecodesPercentEscapes) {
  EXPECT_EQ(decoded("1234"), "1234");
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("%25%0D%0a%41"), "%\r\nA");
  EXPECT_EQ(decoded("p%C3%A4ss w\xc3\xb6rd"), "p\xc3\xa4ss w\xc3\xb6rd");
  EXPECT_EQ(decoded("a%00b"), std::string("a\0b", 3));
}

TEST_F(AssuanData, RefusesBrokenEscapes) {
  for (const char* bad : {"%", "12%", "%1", "%zz", "%1g", "%-1", "% 1"}) {
    EXPECT_EQ(decoded(bad), "error: malformed") << bad;
  }
}

TEST_F(AssuanData, BoundsThePin) {
  EXPECT_EQ(decoded(std::string(kPinBytesMax, '1')), std::string(kPinBytesMax, '1'));
  EXPECT_EQ(decoded(std::string(kPinBytesMax + 1, '1')), "error: too-long");
  base::Secret secret;
  ASSERT_TRUE(append_assuan_data(secret, base::as_bytes("12")).has_value());
  ASSERT_TRUE(append_assuan_data(secret, base::as_bytes("34")).has_value());
  EXPECT_EQ(base::as_text(secret.view()), "1234");
  EXPECT_EQ(
      append_assuan_data(secret, base::as_bytes(std::string(kPinBytesMax - 3, '1'))).error().code,
      base::Code::kTooLong);
  EXPECT_EQ(base::as_text(secret.view()), "1234");
}

TEST(AssuanEscape, LeavesNoLineBreakInARequest) {
  EXPECT_EQ(escape_assuan("a b\nc\r%d\x1b\x7f", 100), "a b%0Ac%0D%25d%1B%7F");
  EXPECT_EQ(escape_assuan(std::string_view("a\0b", 3), 100), "a%00b");
  EXPECT_EQ(escape_assuan("gr\xc3\xbc\xc3\x9f", 100), "gr\xc3\xbc\xc3\x9f");
}

TEST(AssuanEscape, CutsAtTheEndOfACharacter) {
  EXPECT_EQ(escape_assuan("abcd", 4), "abcd");
  EXPECT_EQ(escape_assuan("abcde", 4), "abcd");
  EXPECT_EQ(escape_assuan("ab\n", 4), "ab");
  EXPECT_EQ(escape_assuan("abc\xc3\xbc", 4), "abc");
  EXPECT_EQ(escape_assuan("abc\xc3\xbc", 5), "abc\xc3\xbc");
  EXPECT_EQ(escape_assuan("abc", 0), "");
}

}  // namespace
}  // namespace touchstone::agent
