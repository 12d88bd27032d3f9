// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <fido.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tokens/fido2/assertion.h"
#include "tokens/fido2/attestation_statement.h"
#include "tokens/fido2/fido2_errors.h"
#include "tokens/fido2/pin_text.h"
#include "tokens/fido2/report_descriptor.h"
#include "tokens/limits.h"

namespace touchstone::tokens::fido2 {
namespace {

using base::Bytes;
using base::Code;

Bytes hex(std::string_view text) { return base::from_hex(text).value(); }

// RFC 6979 A.2.5, P-256 with SHA-256, message "sample".
constexpr std::string_view kR = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
constexpr std::string_view kS = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

TEST(SignatureFromDer, TakesTheIntegersOut) {
  const std::string der = "3046022100" + std::string(kR) + "022100" + std::string(kS);
  EXPECT_EQ(signature_from_der(hex(der)).value(), hex(std::string(kR) + std::string(kS)));
}

TEST(SignatureFromDer, PadsShortIntegers) {
  Bytes expected(64, 0);
  expected[31] = 1;
  expected[63] = 0x80;
  EXPECT_EQ(signature_from_der(hex("300702010102020080")).value(), expected);
}

TEST(SignatureFromDer, RefusesAnythingButStrictDer) {
  for (const char* const text :
       {"", "30", "3000", "3003020101", "3006020101", "300602010102010100", "3007020101020101",
        "3106020101020101", "3006030101020101", "3006020181020101", "300702020001020101",
        "30050200020101", "3081060201010201", "300602010102020101"}) {
    EXPECT_FALSE(signature_from_der(hex(text)).has_value()) << text;
  }
  const std::string long_integer = "3026022101" + std::string(kR) + "020101";
  EXPECT_FALSE(signature_from_der(hex(long_integer)).has_value());
  const std::string longer = "3027022200" + std::string(kR) + "00020101";
  EXPECT_FALSE(signature_from_der(hex(longer)).has_value());
}

TEST(CertificatesOf, TakesThemAllInTheirOrder) {
  // {"alg": -7, "sig": h'01', "x5c": [h'0102', h'03']}
  EXPECT_EQ(certificates_of(hex("a363616c672663736967410163783563824201024103")).value(),
            (std::vector<Bytes>{hex("0102"), hex("03")}));
  // {"x5c": [h'07'], "v": {"x": [0, true]}}
  EXPECT_EQ(certificates_of(hex("a2637835638141076176a161788200f5"))->size(), 1U);
  // Self attestation, format none, and nothing at all.
  EXPECT_TRUE(certificates_of(hex("a263616c6726637369674101"))->empty());
  EXPECT_TRUE(certificates_of(hex("a0"))->empty());
  EXPECT_TRUE(certificates_of({})->empty());
}

TEST(CertificatesOf, RefusesWhatIsNoStatement) {
  for (const char* const text : {
           "80", "63783563", "a1",                        // no map, and half a map
           "a163783563", "a16378356380", "a163783563a0",  // no list of certificates
           "a1637835638101", "a16378356381",              // a certificate that is none
           "a26378356381410763783563814107",              // two lists
           "a16378356381410700", "bf63783563814107ff",    // bytes behind, unknown length
           "a163783563815bffffffffffffffff",              // longer than there are bytes
           "a161769bffffffffffffffff",                    // more items than there are bytes
           "a16176c100", "a161768181818100",              // a tag, and too deep
       }) {
    const auto bytes = base::from_hex(text);
    EXPECT_FALSE(bytes.has_value() && certificates_of(*bytes).has_value()) << text;
  }
  EXPECT_TRUE(certificates_of(hex("a1617681818100")).has_value());
}

TEST(CertificatesOf, HoldsItsLimits) {
  const auto statement = [](std::size_t count, std::size_t size) {
    base::Writer out;
    out.raw(hex("a163783563")).u8(static_cast<std::uint8_t>(0x80 + count));
    for (std::size_t i = 0; i < count; ++i) {
      out.u8(0x59).u16(static_cast<std::uint16_t>(size)).raw(Bytes(size, 0x30));
    }
    return std::move(out).take();
  };
  EXPECT_EQ(certificates_of(statement(kCertificatesMax, 10))->size(), kCertificatesMax);
  EXPECT_EQ(certificates_of(statement(kCertificatesMax + 1, 10)).error().code, Code::kTooLong);
  const std::size_t around = statement(1, 0).size();
  EXPECT_TRUE(certificates_of(statement(1, kAttestationStatementMax - around)).has_value());
  EXPECT_EQ(certificates_of(statement(1, kAttestationStatementMax - around + 1)).error().code,
            Code::kTooLong);
}

TEST(RawAuthData, TakesTheByteStringOff) {
  EXPECT_EQ(base::to_bytes(raw_auth_data(hex("43010203")).value()), hex("010203"));
  Bytes longer = hex("5825");
  longer.resize(2 + 37, 7);
  EXPECT_EQ(raw_auth_data(longer)->size(), 37U);
  Bytes longest = hex("590100");
  longest.resize(3 + 256, 7);
  EXPECT_EQ(raw_auth_data(longest)->size(), 256U);
}

TEST(RawAuthData, RefusesEverythingElse) {
  for (const char* const text : {"", "43", "430102", "4301020304", "58", "582501", "59", "5901",
                                 "5a00000001ff", "5f4101ff", "63616263", "03", "f6"}) {
    EXPECT_FALSE(raw_auth_data(hex(text)).has_value()) << text;
  }
}

TEST(ReportDescriptor, KnowsTheFidoPage) {
  // CTAP 2.1 section 11.2.8.1's example.
  EXPECT_TRUE(
      is_fido_device(hex("06d0f10901a10109201500"
                         "26ff0075089540810209211500"
                         "26ff00750895409102c0")));
  // A mouse's head; the page's number as data of another item; nothing; cut short.
  EXPECT_FALSE(is_fido_device(hex("05010902a1010901a100")));
  EXPECT_FALSE(is_fido_device(hex("0ad0f1")));
  EXPECT_FALSE(is_fido_device({}));
  EXPECT_FALSE(is_fido_device(hex("06d0")));
  EXPECT_FALSE(is_fido_device(hex("06d1f1")));
}

TEST(ReportDescriptor, StepsOverLongItems) {
  EXPECT_TRUE(is_fido_device(hex("fe03aa06d0f106d0f1")));
  EXPECT_FALSE(is_fido_device(hex("fe03aa06d0f1")));
  EXPECT_FALSE(is_fido_device(hex("feff")));
  EXPECT_FALSE(is_fido_device(hex("fe")));
}

base::Secret pin(std::string_view text) {
  EXPECT_TRUE(base::init_secure_heap().has_value());
  return base::Secret::copy_of(base::as_bytes(text)).value();
}

TEST(PinText, EndsWithNulAndKeepsTheRest) {
  EXPECT_STREQ(PinText::make(pin("1234"))->c_str(), "1234");
  EXPECT_EQ(PinText().c_str(), nullptr);
  EXPECT_STREQ(PinText::make(pin(std::string(kPinBytesMax, 'x')))->c_str(),
               std::string(kPinBytesMax, 'x').c_str());
}

TEST(PinText, RefusesWhatNoTokenTakes) {
  for (const std::string& text : {std::string("123"), std::string(),
                                  std::string("12\0"
                                              "34",
                                              5),
                                  std::string(kPinBytesMax + 1, 'x')}) {
    EXPECT_EQ(PinText::make(pin(text)).error().code, Code::kPinPolicy) << text.size();
  }
}

TEST(PinText, LengthIsInCodePoints) {
  EXPECT_EQ(pin_length(pin("1234")), 4U);
  EXPECT_EQ(pin_length(pin("äöü€")), 4U);
  EXPECT_EQ(pin_length(pin("")), 0U);
}

TEST(Fido2Errors, KeepTheNumber) {
  for (int status = -11; status <= 0xff; ++status) {
    EXPECT_EQ(from_fido(status).native, status);
  }
  EXPECT_EQ(from_fido(FIDO_ERR_PIN_INVALID).code, Code::kPinWrong);
  EXPECT_EQ(from_fido(FIDO_ERR_CHANNEL_BUSY).code, Code::kTokenBusy);
  EXPECT_EQ(from_fido(FIDO_ERR_RX).code, Code::kTokenFailed);
  EXPECT_FALSE(denies_credential(FIDO_OK));
  EXPECT_FALSE(denies_credential(FIDO_ERR_RX));
  EXPECT_TRUE(denies_credential(FIDO_ERR_NO_CREDENTIALS));
}

}  // namespace
}  // namespace touchstone::tokens::fido2
