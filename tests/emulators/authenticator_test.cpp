// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/authenticator.h"

#include <gtest/gtest.h>

#include "tests/emulators/libfido2_device.h"

namespace touchstone::emulators::fido2 {
namespace {

constexpr int kUp = 0x01;
constexpr int kUv = 0x04;
constexpr char kPin[] = "1234";

// Enrolled is a token with one credential of the algorithm and an open device.
struct Enrolled {
  explicit Enrolled(const char* profile = "2_1", int algorithm = COSE_EDDSA)
      : token(profile), device(open_device(token)), cred(new_credential(algorithm)) {
    EXPECT_EQ(make(device.get(), cred.get()), FIDO_OK);
  }

  int sign(fido_opt_t up = FIDO_OPT_OMIT, const char* pin = nullptr) {
    assertion = new_assertion(cred.get());
    fido_assert_set_up(assertion.get(), up);
    return get(device.get(), assertion.get(), pin);
  }
  // What libfido2 says about the signature when presence is not demanded.
  int verify() {
    fido_assert_set_up(assertion.get(), FIDO_OPT_FALSE);
    return verify_signature(assertion.get(), cred.get());
  }
  int flags() const { return fido_assert_flags(assertion.get(), 0); }
  std::uint32_t counter() const { return fido_assert_sigcount(assertion.get(), 0); }
  void quirk(const char* text) {
    ASSERT_TRUE(token.authenticator.set_quirk(text).has_value()) << text;
  }

  MemoryToken token;
  Device device;
  Cred cred;
  Assert assertion;
};

class EachAlgorithm : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(AuthenticatorAlgorithms, EachAlgorithm,
                         testing::Values(COSE_ES256, COSE_EDDSA), [](const auto& parameter) {
                           return parameter.param == COSE_ES256 ? "Es256" : "EdDsa";
                         });

TEST_P(EachAlgorithm, EnrolsAndSigns) {
  Enrolled enrolled("2_1", GetParam());
  EXPECT_STREQ(fido_cred_fmt(enrolled.cred.get()), "packed");
  EXPECT_EQ(verify_attestation(enrolled.cred.get()), FIDO_OK);
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  EXPECT_EQ(enrolled.flags(), kUp);
  EXPECT_EQ(enrolled.verify(), FIDO_OK);
}

TEST_P(EachAlgorithm, SilentSignatureIsGoodAndSaysNobodyWasThere) {
  Enrolled enrolled("2_1", GetParam());
  enrolled.token.button.set_policy({TouchPolicy::Mode::kNever, 0});
  ASSERT_EQ(enrolled.sign(FIDO_OPT_FALSE), FIDO_OK);
  EXPECT_EQ(enrolled.flags(), 0);
  EXPECT_EQ(enrolled.verify(), FIDO_OK);
  EXPECT_EQ(enrolled.token.store->state.silent_signatures, 1U);
}

TEST_P(EachAlgorithm, SpoiltSignatureDoesNotVerify) {
  for (const char* quirk : {"bad_signature", "wrong_key"}) {
    Enrolled enrolled("2_1", GetParam());
    enrolled.quirk(quirk);
    ASSERT_EQ(enrolled.sign(), FIDO_OK) << quirk;
    EXPECT_NE(enrolled.verify(), FIDO_OK) << quirk;
  }
}

TEST(Authenticator, CertificateNamesTheModel) {
  const Enrolled enrolled;
  const base::ByteView certificate(fido_cred_x5c_ptr(enrolled.cred.get()),
                                   fido_cred_x5c_len(enrolled.cred.get()));
  const base::ByteView aaguid(fido_cred_aaguid_ptr(enrolled.cred.get()),
                              fido_cred_aaguid_len(enrolled.cred.get()));
  EXPECT_EQ(base::as_text(aaguid).substr(0, 14), "touchstone-emu");
  EXPECT_NE(base::as_text(certificate).find(base::as_text(aaguid)), std::string_view::npos);
}

TEST(Authenticator, BadAttestationDoesNotVerify) {
  MemoryToken token;
  ASSERT_TRUE(token.authenticator.set_quirk("attestation_bad").has_value());
  const Device device = open_device(token);
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  EXPECT_NE(verify_attestation(cred.get()), FIDO_OK);
}

TEST(Authenticator, SelfAttestationHasNoCertificate) {
  MemoryToken token;
  ASSERT_TRUE(token.authenticator.set_quirk("attestation_self").has_value());
  const Device device = open_device(token);
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  EXPECT_EQ(fido_cred_x5c_len(cred.get()), 0U);
  EXPECT_EQ(fido_cred_verify_self(cred.get()), FIDO_OK);
}

TEST(Authenticator, RefusesEdDsaWhereTheModelHasNone) {
  MemoryToken token("2_1_es256");
  const Device device = open_device(token);
  EXPECT_EQ(make(device.get(), new_credential(COSE_EDDSA).get()), FIDO_ERR_UNSUPPORTED_ALGORITHM);
  EXPECT_EQ(make(device.get(), new_credential(COSE_ES256).get()), FIDO_OK);
}

TEST(Authenticator, RefusesToEnrolTwice) {
  Enrolled enrolled;
  const Cred again = new_credential(COSE_EDDSA);
  fido_cred_exclude(again.get(), fido_cred_id_ptr(enrolled.cred.get()),
                    fido_cred_id_len(enrolled.cred.get()));
  EXPECT_EQ(make(enrolled.device.get(), again.get()), FIDO_ERR_CREDENTIAL_EXCLUDED);
}

TEST(Authenticator, DoesNotKnowCredentialsOfOthers) {
  Enrolled enrolled;
  Enrolled other;
  enrolled.assertion = new_assertion(other.cred.get());
  EXPECT_EQ(get(enrolled.device.get(), enrolled.assertion.get()), FIDO_ERR_NO_CREDENTIALS);
}

TEST(Authenticator, DoesNotSignForAnotherApplication) {
  Enrolled enrolled;
  enrolled.assertion = new_assertion(enrolled.cred.get());
  fido_assert_set_rp(enrolled.assertion.get(), "ssh:another");
  EXPECT_EQ(get(enrolled.device.get(), enrolled.assertion.get()), FIDO_ERR_NO_CREDENTIALS);
}

TEST(Authenticator, FindsItsOwnInALongAllowList) {
  Enrolled enrolled;
  Enrolled other;
  enrolled.assertion = new_assertion(other.cred.get());
  fido_assert_allow_cred(enrolled.assertion.get(), fido_cred_id_ptr(enrolled.cred.get()),
                         fido_cred_id_len(enrolled.cred.get()));
  ASSERT_EQ(get(enrolled.device.get(), enrolled.assertion.get()), FIDO_OK);
  const base::ByteView id(fido_assert_id_ptr(enrolled.assertion.get(), 0),
                          fido_assert_id_len(enrolled.assertion.get(), 0));
  EXPECT_TRUE(base::equal(
      id, {fido_cred_id_ptr(enrolled.cred.get()), fido_cred_id_len(enrolled.cred.get())}));
}

TEST(Authenticator, GivesUpWithoutATouch) {
  Enrolled enrolled;
  enrolled.token.button.set_policy({TouchPolicy::Mode::kNever, 0});
  EXPECT_EQ(enrolled.sign(), FIDO_ERR_USER_ACTION_TIMEOUT);
  EXPECT_EQ(enrolled.token.store->state.signatures, 0U);
}

TEST(Authenticator, OnePressIsOneSignature) {
  Enrolled enrolled;
  enrolled.token.button.set_policy({TouchPolicy::Mode::kButton, 0});
  enrolled.token.button.press();
  EXPECT_EQ(enrolled.sign(), FIDO_OK);
  EXPECT_EQ(enrolled.sign(), FIDO_ERR_USER_ACTION_TIMEOUT);
}

TEST(Authenticator, WaitsForALateTouch) {
  Enrolled enrolled;
  enrolled.token.button.set_policy({TouchPolicy::Mode::kLateKeepalives, 20});
  EXPECT_EQ(enrolled.sign(), FIDO_OK);
  enrolled.token.button.set_policy({TouchPolicy::Mode::kLateTime, 29'000});
  EXPECT_EQ(enrolled.sign(), FIDO_OK);
  enrolled.token.button.set_policy({TouchPolicy::Mode::kLateTime, 31'000});
  EXPECT_EQ(enrolled.sign(), FIDO_ERR_USER_ACTION_TIMEOUT);
}

TEST(Authenticator, CountsEverySignatureAlsoSilentOnes) {
  Enrolled enrolled;
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  const std::uint32_t first = enrolled.counter();
  ASSERT_EQ(enrolled.sign(FIDO_OPT_FALSE), FIDO_OK);
  EXPECT_EQ(enrolled.counter(), first + 1);
}

struct CounterCase {
  const char* quirk;
  int lowest;  // of the second count minus the first
  int highest;
};

class CounterQuirk : public testing::TestWithParam<CounterCase> {};
INSTANTIATE_TEST_SUITE_P(
    Authenticator, CounterQuirk,
    testing::Values(CounterCase{"counter_step=1", 1, 1}, CounterCase{"counter_step=7", 7, 7},
                    CounterCase{"counter_random=16", 1, 16},
                    CounterCase{"counter_per_credential", 1, 1}, CounterCase{"counter_stuck", 0, 0},
                    CounterCase{"counter_zero", 0, 0}, CounterCase{"counter_back=3", -3, -3}));

TEST_P(CounterQuirk, MovesAsSaid) {
  Enrolled enrolled;
  enrolled.quirk("counter_step=100");
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  enrolled.quirk("counter_step=1");
  enrolled.quirk(GetParam().quirk);
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  const std::int64_t first = enrolled.counter();
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  EXPECT_GE(enrolled.counter() - first, GetParam().lowest);
  EXPECT_LE(enrolled.counter() - first, GetParam().highest);
}

TEST(Authenticator, CounterPerCredentialIsItsOwn) {
  Enrolled enrolled;
  enrolled.quirk("counter_per_credential");
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  const Cred other = new_credential(COSE_ES256);
  ASSERT_EQ(make(enrolled.device.get(), other.get()), FIDO_OK);
  const Assert assertion = new_assertion(other.get());
  ASSERT_EQ(get(enrolled.device.get(), assertion.get()), FIDO_OK);
  EXPECT_LT(fido_assert_sigcount(assertion.get(), 0), enrolled.counter());
}

TEST(Authenticator, LiesAboutPresenceWhenTold) {
  Enrolled enrolled;
  enrolled.quirk("up_zero");
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  EXPECT_EQ(enrolled.flags(), 0);
  EXPECT_EQ(enrolled.verify(), FIDO_OK);
  enrolled.quirk("up_zero=0");
  enrolled.quirk("up_without_touch");
  enrolled.token.button.set_policy({TouchPolicy::Mode::kNever, 0});
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  EXPECT_EQ(enrolled.flags(), kUp);
}

TEST(Authenticator, AnswersForAnotherApplicationWhenTold) {
  Enrolled enrolled;
  enrolled.quirk("wrong_rp");
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  EXPECT_NE(enrolled.verify(), FIDO_OK);
}

TEST(Authenticator, NamesAnotherCredentialWhenTold) {
  Enrolled enrolled;
  enrolled.quirk("wrong_credential");
  ASSERT_EQ(enrolled.sign(), FIDO_OK);
  const base::ByteView id(fido_assert_id_ptr(enrolled.assertion.get(), 0),
                          fido_assert_id_len(enrolled.assertion.get(), 0));
  EXPECT_FALSE(base::equal(
      id, {fido_cred_id_ptr(enrolled.cred.get()), fido_cred_id_len(enrolled.cred.get())}));
}

TEST(Authenticator, RefusesSilenceWhenTold) {
  Enrolled enrolled;
  enrolled.quirk("refuse_silent");
  EXPECT_EQ(enrolled.sign(FIDO_OPT_FALSE), FIDO_ERR_UNSUPPORTED_OPTION);
  EXPECT_EQ(enrolled.sign(), FIDO_OK);
}

TEST(Authenticator, ReportsAnotherModelWhenTold) {
  MemoryToken token;
  ASSERT_TRUE(token.authenticator.set_quirk("aaguid=2fc0579f811347eab116bb5a8db9202a").has_value());
  const Device device = open_device(token);
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  EXPECT_EQ(*fido_cred_aaguid_ptr(cred.get()), 0x2f);
}

TEST(Authenticator, FailsTheCommandItIsTold) {
  Enrolled enrolled;
  enrolled.quirk("fail_status=0x7f");
  enrolled.quirk("fail_command=2");
  EXPECT_EQ(enrolled.sign(), FIDO_ERR_ERR_OTHER);
  const Cred other = new_credential(COSE_ES256);
  EXPECT_EQ(make(enrolled.device.get(), other.get()), FIDO_OK);
}

TEST(Authenticator, RefusesUnknownCommandsAndGarbage) {
  MemoryToken token;
  auto& authenticator = token.authenticator;
  const auto status = [&](base::Bytes message) {
    return CtapError{authenticator.ctap2(message, token.hid).front()};
  };
  EXPECT_EQ(status({}), CtapError::kInvalidCommand);
  EXPECT_EQ(status({0x7f}), CtapError::kInvalidCommand);
  EXPECT_EQ(status({0x01}), CtapError::kMissingParameter);
  EXPECT_EQ(status({0x01, 0xa1}), CtapError::kInvalidCbor);
  EXPECT_EQ(status({0x01, 0x80}), CtapError::kCborUnexpectedType);
  EXPECT_EQ(status({0x01, 0xa1, 0x01, 0x01}), CtapError::kCborUnexpectedType);
  EXPECT_EQ(status({0x01, 0xa1, 0x01, 0x41, 0x00}), CtapError::kInvalidLength);
  EXPECT_EQ(status({0x02, 0xa0}), CtapError::kMissingParameter);
  EXPECT_EQ(status({0x06, 0xa1, 0x02, 0x18, 0x63}), CtapError::kInvalidSubcommand);
  EXPECT_EQ(status({0x08}), CtapError::kNotAllowed);
}

TEST(Authenticator, OffersAllResidentCredentialsNewestFirst) {
  MemoryToken token;
  const Device device = open_device(token);
  for (const unsigned char account : std::initializer_list<unsigned char>{1, 2, 3, 2}) {
    const Cred cred = new_credential(COSE_EDDSA);
    fido_cred_set_user(cred.get(), &account, 1, "alice", nullptr, nullptr);
    fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE);
    ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  }
  const Assert assertion = new_assertion(nullptr);
  ASSERT_EQ(get(device.get(), assertion.get()), FIDO_OK);
  ASSERT_EQ(fido_assert_count(assertion.get()), 3U);  // the second 2 replaced the first
  EXPECT_EQ(*fido_assert_user_id_ptr(assertion.get(), 0), 2);
  EXPECT_EQ(*fido_assert_user_id_ptr(assertion.get(), 1), 3);
  EXPECT_EQ(*fido_assert_user_id_ptr(assertion.get(), 2), 1);
  // Names are for who has verified the user.
  EXPECT_EQ(fido_assert_user_name(assertion.get(), 0), nullptr);
}

TEST(Authenticator, HasRoomForSoManyResidentCredentials) {
  MemoryToken token;
  const Device device = open_device(token);
  for (unsigned char account = 0; account <= kResidentCredentialsMax; ++account) {
    const Cred cred = new_credential(COSE_EDDSA);
    fido_cred_set_user(cred.get(), &account, 1, "alice", nullptr, nullptr);
    fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE);
    EXPECT_EQ(make(device.get(), cred.get()),
              account < kResidentCredentialsMax ? FIDO_OK : FIDO_ERR_KEY_STORE_FULL);
  }
}

TEST(Authenticator, ResetsOnlyShortlyAfterPowerUp) {
  Enrolled enrolled;
  enrolled.token.clock.advance(std::chrono::seconds(11));
  EXPECT_EQ(fido_dev_reset(enrolled.device.get()), FIDO_ERR_NOT_ALLOWED);
  EXPECT_EQ(enrolled.sign(), FIDO_OK);
  enrolled.token.power_up();
  enrolled.device = open_device(enrolled.token);
  EXPECT_EQ(fido_dev_reset(enrolled.device.get()), FIDO_OK);
  EXPECT_EQ(enrolled.sign(), FIDO_ERR_NO_CREDENTIALS);
}

TEST(Authenticator, FingerprintVerifiesTheUser) {
  MemoryToken token("2_1_uv");
  const Device device = open_device(token);
  const Cred cred = new_credential(COSE_EDDSA);
  fido_cred_set_uv(cred.get(), FIDO_OPT_TRUE);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  const Assert assertion = new_assertion(cred.get());
  fido_assert_set_uv(assertion.get(), FIDO_OPT_TRUE);
  ASSERT_EQ(get(device.get(), assertion.get()), FIDO_OK);
  EXPECT_EQ(fido_assert_flags(assertion.get(), 0), kUp | kUv);
  ASSERT_TRUE(token.authenticator.set_quirk("uv_fails").has_value());
  const Assert failed = new_assertion(cred.get());
  fido_assert_set_uv(failed.get(), FIDO_OPT_TRUE);
  EXPECT_NE(get(device.get(), failed.get()), FIDO_OK);
}

TEST(Authenticator, VerificationWithoutMeansIsRefused) {
  Enrolled enrolled;
  enrolled.assertion = new_assertion(enrolled.cred.get());
  fido_assert_set_uv(enrolled.assertion.get(), FIDO_OPT_TRUE);
  EXPECT_NE(get(enrolled.device.get(), enrolled.assertion.get()), FIDO_OK);
}

TEST(Authenticator, VerificationFlagCanBeForgotten) {
  Enrolled enrolled;
  ASSERT_EQ(fido_dev_set_pin(enrolled.device.get(), kPin, nullptr), FIDO_OK);
  ASSERT_EQ(enrolled.sign(FIDO_OPT_OMIT, kPin), FIDO_OK);
  EXPECT_EQ(enrolled.flags(), kUp | kUv);
  enrolled.quirk("uv_zero");
  ASSERT_EQ(enrolled.sign(FIDO_OPT_OMIT, kPin), FIDO_OK);
  EXPECT_EQ(enrolled.flags(), kUp);
}

}  // namespace
}  // namespace touchstone::emulators::fido2
