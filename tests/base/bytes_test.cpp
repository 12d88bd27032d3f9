// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace touchstone::base {
namespace {

Code code_of(const Error& error) { return error.code; }

TEST(Reader, ReadsBigEndianIntegers) {
  const Bytes bytes = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                       0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0xff};
  Reader reader(bytes);
  EXPECT_EQ(reader.u8().value(), 0x01);
  EXPECT_EQ(reader.u16().value(), 0x0203);
  EXPECT_EQ(reader.u32().value(), 0x04050607U);
  EXPECT_EQ(reader.offset(), 7U);
  EXPECT_EQ(reader.u64().value(), 0x08090a0b0c0d0effU);
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.expect_end());
}

TEST(Reader, RefusesToReadPastTheEndAndStaysWhereItWas) {
  const Bytes bytes = {1, 2, 3, 4, 5, 6, 7};
  Reader reader(bytes);
  EXPECT_EQ(code_of(reader.u64().error()), Code::kTruncated);
  EXPECT_EQ(code_of(reader.take(8).error()), Code::kTruncated);
  EXPECT_EQ(code_of(reader.take(std::numeric_limits<std::size_t>::max()).error()),
            Code::kTruncated);
  EXPECT_EQ(reader.remaining(), 7U);
  ASSERT_TRUE(reader.take(7));
  EXPECT_EQ(code_of(reader.u8().error()), Code::kTruncated);
  EXPECT_EQ(code_of(reader.u16().error()), Code::kTruncated);
  EXPECT_EQ(code_of(reader.u32().error()), Code::kTruncated);
  EXPECT_TRUE(reader.take(0));
}

TEST(Reader, TakesOnlyZeroAndOneForBoolean) {
  const Bytes bytes = {0, 1, 2, 0xff};
  Reader reader(bytes);
  EXPECT_FALSE(reader.boolean().value());
  EXPECT_TRUE(reader.boolean().value());
  EXPECT_EQ(code_of(reader.boolean().error()), Code::kMalformed);
  EXPECT_EQ(reader.offset(), 2U);
}

TEST(Reader, HoldsStringsToTheirLimits) {
  Writer writer;
  writer.string("abcd");
  const Bytes& bytes = writer.bytes();
  const auto read = [&bytes](std::size_t max, std::size_t min) {
    Reader reader(bytes);
    return reader.text(max, min);
  };
  EXPECT_EQ(read(4, 4).value(), "abcd");
  EXPECT_EQ(read(3, 0).error().code, Code::kTooLong);
  EXPECT_EQ(read(8, 5).error().code, Code::kMalformed);
}

TEST(Reader, JudgesLengthBeforeContent) {
  // A length of 4 GiB with nothing behind it is too long, not merely cut short.
  const Bytes bytes = {0xff, 0xff, 0xff, 0xff};
  Reader reader(bytes);
  EXPECT_EQ(reader.string(1024).error().code, Code::kTooLong);
  EXPECT_EQ(reader.offset(), 0U);
  EXPECT_EQ(reader.string(0xffffffff).error().code, Code::kTruncated);
  EXPECT_EQ(reader.offset(), 0U);
}

TEST(Reader, RefusesStringCutShort) {
  const Bytes bytes = {0, 0, 0, 3, 'a', 'b'};
  Reader reader(bytes);
  EXPECT_EQ(reader.string(16).error().code, Code::kTruncated);
  EXPECT_EQ(reader.remaining(), 6U);
  Reader no_length(ByteView(bytes).first(3));
  EXPECT_EQ(no_length.string(16).error().code, Code::kTruncated);
  EXPECT_EQ(no_length.remaining(), 3U);
}

TEST(Reader, NamesTheOffsetInErrors) {
  const Bytes bytes = {1, 2, 0, 0, 0, 9};
  Reader reader(bytes);
  ASSERT_TRUE(reader.u16());
  const Error error = reader.string(4).error();
  EXPECT_EQ(error.context, "at offset 2: 9 bytes, limit 4");
}

TEST(Reader, ExpectsExactBytes) {
  const Bytes bytes = to_bytes("SSHSIG");
  Reader reader(bytes);
  EXPECT_EQ(reader.expect(as_bytes("SSHSIH")).error().code, Code::kMalformed);
  EXPECT_EQ(reader.expect(as_bytes("SSHSIG1")).error().code, Code::kTruncated);
  EXPECT_EQ(reader.offset(), 0U);
  EXPECT_TRUE(reader.expect(as_bytes("SSH")));
  EXPECT_EQ(reader.expect_end().error().code, Code::kTrailingBytes);
  EXPECT_TRUE(reader.expect(as_bytes("SIG")));
  EXPECT_TRUE(reader.expect_end());
}

// RFC 4251 section 5, the examples given for mpint.
TEST(Writer, WritesMpintAsRfc4251Shows) {
  const auto mpint = [](const Bytes& magnitude) { return Writer().mpint(magnitude).bytes(); };
  EXPECT_EQ(mpint({}), (Bytes{0, 0, 0, 0}));
  EXPECT_EQ(mpint({0, 0}), (Bytes{0, 0, 0, 0}));
  EXPECT_EQ(mpint({0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7}),
            (Bytes{0, 0, 0, 8, 0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7}));
  EXPECT_EQ(mpint({0x80}), (Bytes{0, 0, 0, 2, 0x00, 0x80}));
  EXPECT_EQ(mpint({0, 0, 0x80}), (Bytes{0, 0, 0, 2, 0x00, 0x80}));
  EXPECT_EQ(mpint({0, 0x7f}), (Bytes{0, 0, 0, 1, 0x7f}));
}

// RFC 4251 section 5: the string "testing".
TEST(Writer, WritesStringAsRfc4251Shows) {
  EXPECT_EQ(Writer().string("testing").bytes(),
            (Bytes{0, 0, 0, 7, 't', 'e', 's', 't', 'i', 'n', 'g'}));
}

TEST(Bytes, ComparesLengthAndContent) {
  EXPECT_TRUE(equal({}, {}));
  EXPECT_TRUE(equal(as_bytes("ab"), as_bytes("ab")));
  EXPECT_FALSE(equal(as_bytes("ab"), as_bytes("abc")));
  EXPECT_FALSE(equal(as_bytes("ab"), as_bytes("ac")));
}

RC_GTEST_PROP(Writer, WhatIsWrittenIsRead,
              (std::uint8_t a, std::uint16_t b, std::uint32_t c, std::uint64_t d, bool e,
               const Bytes& f, const std::string& g)) {
  Writer writer;
  writer.u8(a).u16(b).u32(c).u64(d).boolean(e).string(f).string(g).raw(f);
  Reader reader(writer.bytes());
  RC_ASSERT(reader.u8().value() == a);
  RC_ASSERT(reader.u16().value() == b);
  RC_ASSERT(reader.u32().value() == c);
  RC_ASSERT(reader.u64().value() == d);
  RC_ASSERT(reader.boolean().value() == e);
  RC_ASSERT(equal(reader.string(f.size(), f.size()).value(), f));
  RC_ASSERT(reader.text(g.size()).value() == g);
  RC_ASSERT(equal(reader.rest(), f));
  RC_ASSERT(reader.offset() + reader.remaining() == writer.size());
}

}  // namespace
}  // namespace touchstone::base
