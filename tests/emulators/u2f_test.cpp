// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/emulators/libfido2_device.h"

namespace touchstone::emulators::fido2 {
namespace {

std::uint16_t status_word(const base::Bytes& reply) {
  base::Reader reader(reply);
  (void)reader.take(reply.size() - 2);
  return reader.u16().value_or(0);
}

TEST(U2f, EnrolsAndSigns) {
  MemoryToken token("u2f");
  const Device device = open_device(token);
  EXPECT_FALSE(fido_dev_is_fido2(device.get()));
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  EXPECT_STREQ(fido_cred_fmt(cred.get()), "fido-u2f");
  EXPECT_EQ(verify_attestation(cred.get()), FIDO_OK);
  const Assert assertion = new_assertion(cred.get());
  ASSERT_EQ(get(device.get(), assertion.get()), FIDO_OK);
  EXPECT_EQ(fido_assert_flags(assertion.get(), 0), 1);
  EXPECT_EQ(verify_signature(assertion.get(), cred.get()), FIDO_OK);
}

TEST(U2f, KnowsNoEdDsa) {
  MemoryToken token("u2f");
  const Device device = open_device(token);
  EXPECT_NE(make(device.get(), new_credential(COSE_EDDSA).get()), FIDO_OK);
}

TEST(U2f, AnswersNoCtap2) {
  MemoryToken token("u2f");
  const base::Bytes get_info = {0x04};
  EXPECT_EQ(token.authenticator.ctap2(get_info, token.hid), base::Bytes{0x01});
}

TEST(U2f, CredentialOfCtap2WorksHereToo) {
  MemoryToken token("2_1");
  const Device device = open_device(token);
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  fido_dev_force_u2f(device.get());
  const Assert assertion = new_assertion(cred.get());
  ASSERT_EQ(get(device.get(), assertion.get()), FIDO_OK);
  EXPECT_EQ(verify_signature(assertion.get(), cred.get()), FIDO_OK);
}

TEST(U2f, AsksAgainUntilTheTouch) {
  MemoryToken token("u2f", {TouchPolicy::Mode::kLateKeepalives, 2});
  base::Bytes register_request = {0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x40};
  register_request.resize(7 + 64);
  EXPECT_EQ(status_word(token.authenticator.u2f(register_request, token.hid)), 0x6985);
  EXPECT_TRUE(token.button.waiting());
  EXPECT_EQ(status_word(token.authenticator.u2f(register_request, token.hid)), 0x6985);
  EXPECT_EQ(status_word(token.authenticator.u2f(register_request, token.hid)), 0x9000);
  EXPECT_FALSE(token.button.waiting());
}

TEST(U2f, SignsWithoutPresenceWhenAskedNotToEnforceIt) {
  MemoryToken token("u2f");
  const Device device = open_device(token);
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  token.button.set_policy({TouchPolicy::Mode::kNever, 0});
  const base::ByteView id(fido_cred_id_ptr(cred.get()), fido_cred_id_len(cred.get()));
  const base::Sha256 application = base::sha256(base::as_bytes(kRpId));
  const auto authenticate = [&](std::uint8_t control) {
    base::Writer data;
    data.raw(base::Bytes(32, 7)).raw(application).u8(static_cast<std::uint8_t>(id.size()));
    data.raw(id);
    const auto size = static_cast<std::uint16_t>(data.size());
    return token.authenticator.u2f(
        base::Writer().u8(0).u8(2).u8(control).u8(0).u8(0).u16(size).raw(data.bytes()).bytes(),
        token.hid);
  };
  EXPECT_EQ(status_word(authenticate(0x03)), 0x6985);
  EXPECT_EQ(status_word(authenticate(0x07)), 0x6985);  // "check only" says so when it is ours
  EXPECT_EQ(status_word(authenticate(0x42)), 0x6a80);
  const base::Bytes silent = authenticate(0x08);
  EXPECT_EQ(status_word(silent), 0x9000);
  EXPECT_EQ(silent.front(), 0);
}

TEST(U2f, RefusesMalformedRequests) {
  MemoryToken token("u2f");
  const auto status = [&](base::Bytes apdu) {
    return status_word(token.authenticator.u2f(apdu, token.hid));
  };
  EXPECT_EQ(status({}), 0x6700);
  EXPECT_EQ(status({0x00, 0x01}), 0x6700);
  EXPECT_EQ(status({0x80, 0x01, 0x00, 0x00}), 0x6e00);
  EXPECT_EQ(status({0x00, 0x55, 0x00, 0x00}), 0x6d00);
  EXPECT_EQ(status({0x00, 0x01, 0x00, 0x00, 0x01, 0xaa}), 0x6700);
  EXPECT_EQ(status({0x00, 0x01, 0x00, 0x00, 0x40, 0xaa}), 0x6700);
  EXPECT_EQ(status({0x00, 0x02, 0x03, 0x00, 0x01, 0xaa}), 0x6700);
  EXPECT_EQ(status({0x00, 0x03, 0x00, 0x00}), 0x9000);
}

}  // namespace
}  // namespace touchstone::emulators::fido2
