// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <limits>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace touchstone::base {
namespace {

// RFC 4648 section 10.
const std::pair<const char*, const char*> kBase64Vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(Base64, AgreesWithRfc4648) {
  for (const auto& [plain, encoded] : kBase64Vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    const auto decoded = from_base64(encoded, 16);
    ASSERT_TRUE(decoded) << encoded;
    EXPECT_EQ(as_text(*decoded), plain);
  }
}

TEST(Base64, LeavesPaddingOutForFingerprints) {
  EXPECT_EQ(to_base64(as_bytes("f"), Padding::kWithout), "Zg");
  EXPECT_EQ(to_base64(as_bytes("fo"), Padding::kWithout), "Zm8");
  EXPECT_EQ(to_base64(as_bytes("foo"), Padding::kWithout), "Zm9v");
}

TEST(Base64, UsesTheStandardAlphabet) {
  const Bytes bytes = {0xfb, 0xff, 0xbf};
  EXPECT_EQ(to_base64(bytes), "+/+/");
  EXPECT_EQ(from_base64("+/+/", 3).value(), bytes);
  EXPECT_EQ(from_base64("-_-_", 3).error().code, Code::kMalformed);
}

// Each of these is taken by one decoder or another as a second spelling of some value.
TEST(Base64, RefusesEverySecondSpelling) {
  const std::string_view spellings[] = {
      "Zg",
      "Zg=",
      "Zm9vYg",
      "Zh==",
      "Zv==",
      "Zm9=",
      "Zm8=\n",
      "Zm9v\n",
      "Zm9v Zm9v",
      "Zm9\nvZm9v",
      " Zm9v",
      "Zm9v====",
      "====",
      "Z===",
      "=Zm9",
      "Zg==Zg==",
      "Zm=v",
      "Z=g=",
      "Zm9v=",
      "A",
      "Zm9vYmE=Zm9v",
      "Zm9v\r\n",
      "Zm9vYg==\n",
      "Zm9vYg== ",
      "Zm9vY\0==",
      "\xc2\xa0"
      "aa",
      "Zm9*",
  };
  for (const std::string_view spelling : spellings) {
    const auto decoded = from_base64(spelling, 64);
    ASSERT_FALSE(decoded) << spelling;
    EXPECT_EQ(decoded.error().code, Code::kMalformed) << spelling;
  }
  EXPECT_FALSE(from_base64(std::string_view("Zm9\0", 4), 64));
}

TEST(Base64, HoldsTheLimitToTheByte) {
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes bytes(size, 0x5a);
    const std::string text = to_base64(bytes);
    EXPECT_TRUE(from_base64(text, size)) << size;
    EXPECT_TRUE(from_base64(text, std::numeric_limits<std::size_t>::max())) << size;
    if (size > 0) {
      EXPECT_EQ(from_base64(text, size - 1).error().code, Code::kTooLong) << size;
    }
  }
}

// Of all texts of four digits exactly those decode that encoding gives back.
TEST(Base64, OneTextPerValueForEveryLastGroup) {
  const std::string digits = "AQgwBRhxCf+/89z=";
  std::size_t accepted = 0;
  for (const char a : digits) {
    for (const char b : digits) {
      for (const char c : digits) {
        for (const char d : digits) {
          const std::string text = {a, b, c, d};
          if (const auto decoded = from_base64(text, 3)) {
            EXPECT_EQ(to_base64(*decoded), text);
            ++accepted;
          }
        }
      }
    }
  }
  EXPECT_GT(accepted, 15U * 15 * 15 * 15);
}

TEST(Hex, TakesBothCasesAndGivesLower) {
  const Bytes bytes = {0x00, 0x1f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes), "001fa0ff");
  EXPECT_EQ(from_hex("001FA0ff").value(), bytes);
  EXPECT_EQ(from_hex("").value(), Bytes{});
}

TEST(Hex, RefusesAnythingElse) {
  for (const std::string_view text :
       {"0", "0g", "0x00", " 00", "00 ", "00\n", "-1", "+1", "0:", "/0", "@0", "G0", "`0",
        "\xff"
        "0"}) {
    EXPECT_EQ(from_hex(text).error().code, Code::kMalformed) << text;
  }
}

RC_GTEST_PROP(Encoding, DecodingUndoesEncoding, (const Bytes& bytes)) {
  RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
  RC_ASSERT(from_base64(to_base64(bytes), bytes.size()).value() == bytes);
}

}  // namespace
}  // namespace touchstone::base
