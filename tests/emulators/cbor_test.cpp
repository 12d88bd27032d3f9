// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/cbor.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace touchstone::emulators::fido2 {
namespace {

base::Bytes bytes(std::string_view hex) { return base::from_hex(hex).value(); }

struct Vector {
  const char* hex;
  Cbor item;
};

// RFC 8949 appendix A, as far as CTAP uses it.
const Vector kVectors[] = {
    {"00", 0},
    {"17", 23},
    {"1818", 24},
    {"1903e8", 1000},
    {"1b000000e8d4a51000", std::int64_t{1'000'000'000'000}},
    {"20", -1},
    {"3863", -100},
    {"3903e7", -1000},
    {"f4", false},
    {"f5", true},
    {"f6", Cbor()},
    {"40", base::Bytes{}},
    {"4401020304", base::Bytes{1, 2, 3, 4}},
    {"60", ""},
    {"6449455446", "IETF"},
    {"62c3bc", "\xc3\xbc"},
    {"80", CborArray{}},
    {"8301820203820405", CborArray{1, CborArray{2, 3}, CborArray{4, 5}}},
    {"a0", CborMap{}},
    {"a201020304", CborMap{{1, 2}, {3, 4}}},
    {"a26161016162820203", CborMap{{"a", 1}, {"b", CborArray{2, 3}}}},
};

TEST(Cbor, AgreesWithTheRfcsExamples) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(base::to_hex(encode_cbor(vector.item)), vector.hex);
    const auto decoded = decode_cbor(bytes(vector.hex));
    ASSERT_TRUE(decoded.has_value()) << vector.hex;
    EXPECT_EQ(*decoded, vector.item) << vector.hex;
  }
}

TEST(Cbor, SortsMapKeysAsCtapDemands) {
  // CTAP 2.1 section 8: lower major type, then shorter, then lower bytes.
  const Cbor map = CborMap{{"aa", 1}, {-1, 2}, {"b", 3}, {10, 4}, {"a", 5}, {100, 6}};
  EXPECT_EQ(base::to_hex(encode_cbor(map)),
            "a60a0418640620026161056162036261"
            "6101");
}

TEST(Cbor, RefusesWhatCtapDoesNotUse) {
  const char* const kRefused[] = {
      "",                    // nothing
      "01ff",                // a break
      "0001",                // trailing bytes
      "a1",                  // truncated map
      "42ff",                // truncated bytes
      "c11a514b67b0",        // tag
      "f93c00",              // half float
      "fb3ff199999999999a",  // double
      "f7",                  // undefined
      "5f42010243030405ff",  // indefinite bytes
      "7f657374726561ff",    // indefinite text
      "9fff",                // indefinite array
      "bfff",                // indefinite map
      "1bffffffffffffffff",  // an integer that does not fit
      "a201020103",          // the same key twice
      "1c",                  // reserved additional information
  };
  for (const char* hex : kRefused) {
    EXPECT_FALSE(decode_cbor(bytes(hex)).has_value()) << hex;
  }
}

TEST(Cbor, NestingHasALimit) {
  base::Bytes nested(kCborDepthMax, 0x81);
  nested.push_back(0x00);
  EXPECT_TRUE(decode_cbor(nested).has_value());
  nested.insert(nested.begin(), 0x81);
  EXPECT_FALSE(decode_cbor(nested).has_value());
}

TEST(Cbor, NumberOfItemsHasALimit) {
  const auto array_of = [](std::size_t count) { return encode_cbor(CborArray(count, Cbor(0))); };
  EXPECT_TRUE(decode_cbor(array_of(kCborItemsMax - 1)).has_value());
  EXPECT_FALSE(decode_cbor(array_of(kCborItemsMax)).has_value());
}

TEST(Cbor, PrefixLeavesTheRest) {
  const base::Bytes input = bytes("1818ff");
  base::Reader reader(input);
  EXPECT_EQ(decode_cbor_prefix(reader).value(), Cbor(24));
  EXPECT_EQ(reader.remaining(), 1U);
}

TEST(Cbor, FindLooksOnlyIntoMaps) {
  const Cbor map = CborMap{{1, "one"}};
  EXPECT_EQ(*map.find(1)->text(), "one");
  EXPECT_EQ(map.find(2), nullptr);
  EXPECT_EQ(Cbor(1).find(1), nullptr);
}

}  // namespace
}  // namespace touchstone::emulators::fido2
