// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/client_pin.h"

#include <gtest/gtest.h>

#include "tests/emulators/libfido2_device.h"

namespace touchstone::emulators::fido2 {
namespace {

constexpr int kUvFlag = 0x04;
constexpr char kFirstPin[] = "1234";
constexpr char kWrong[] = "9999";

// Protected is a token with a PIN and one credential.
struct Protected {
  explicit Protected(const char* profile) : token(profile) { plug(); }

  void set_pin() { EXPECT_EQ(fido_dev_set_pin(device.get(), kFirstPin, nullptr), FIDO_OK); }
  void enrol(int protect = 0) {
    cred = new_credential(COSE_ES256);
    if (protect != 0) {
      fido_cred_set_prot(cred.get(), protect);
    }
    EXPECT_EQ(make(device.get(), cred.get(), token.store->state.pin_hash ? kFirstPin : nullptr),
              FIDO_OK);
  }
  int sign(const char* pin) {
    assertion = new_assertion(cred.get());
    return get(device.get(), assertion.get(), pin);
  }
  int tries() {
    int count = -1;
    EXPECT_EQ(fido_dev_get_retry_count(device.get(), &count), FIDO_OK);
    return count;
  }
  void plug() {
    token.power_up();
    device = open_device(token);
  }

  MemoryToken token;
  Device device;
  Cred cred;
  Assert assertion;
};

class EachPinProfile : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(ClientPin, EachPinProfile,
                         testing::Values("fido_2_0", "2_1_pre", "2_1", "2_1_es256"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(EachPinProfile, VerifiesTheUser) {
  Protected guarded(GetParam());
  guarded.set_pin();
  guarded.enrol();
  ASSERT_EQ(guarded.sign(kFirstPin), FIDO_OK);
  EXPECT_EQ(fido_assert_flags(guarded.assertion.get(), 0) & kUvFlag, kUvFlag);
  EXPECT_EQ(verify_signature(guarded.assertion.get(), guarded.cred.get()), FIDO_OK);
  ASSERT_EQ(guarded.sign(nullptr), FIDO_OK);
  EXPECT_EQ(fido_assert_flags(guarded.assertion.get(), 0) & kUvFlag, 0);
}

TEST_P(EachPinProfile, WrongPinCostsATryAndRightPinGivesAllBack) {
  Protected guarded(GetParam());
  guarded.set_pin();
  guarded.enrol();
  EXPECT_EQ(guarded.tries(), 8);
  EXPECT_EQ(guarded.sign(kWrong), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(guarded.tries(), 7);
  EXPECT_EQ(guarded.sign(kFirstPin), FIDO_OK);
  EXPECT_EQ(guarded.tries(), 8);
}

TEST_P(EachPinProfile, ThreeWrongInARowNeedAReplug) {
  Protected guarded(GetParam());
  guarded.set_pin();
  guarded.enrol();
  EXPECT_EQ(guarded.sign(kWrong), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(guarded.sign(kWrong), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(guarded.sign(kWrong), FIDO_ERR_PIN_AUTH_BLOCKED);
  EXPECT_EQ(guarded.sign(kFirstPin), FIDO_ERR_PIN_AUTH_BLOCKED);
  EXPECT_EQ(guarded.tries(), 5);
  guarded.plug();
  EXPECT_EQ(guarded.sign(kFirstPin), FIDO_OK);
}

TEST_P(EachPinProfile, EightWrongBlockForGood) {
  Protected guarded(GetParam());
  guarded.set_pin();
  guarded.enrol();
  for (int tries = 7; tries > 0; --tries) {
    if (tries == 5 || tries == 2) {
      EXPECT_EQ(guarded.sign(kWrong), FIDO_ERR_PIN_AUTH_BLOCKED);
      guarded.plug();
    } else {
      EXPECT_EQ(guarded.sign(kWrong), FIDO_ERR_PIN_INVALID);
    }
    EXPECT_EQ(guarded.tries(), tries);
  }
  EXPECT_EQ(guarded.sign(kWrong), FIDO_ERR_PIN_BLOCKED);
  guarded.plug();
  EXPECT_EQ(guarded.sign(kFirstPin), FIDO_ERR_PIN_BLOCKED);
  EXPECT_EQ(guarded.tries(), 0);
  // Only a reset helps, and it takes the credentials along.
  EXPECT_EQ(fido_dev_reset(guarded.device.get()), FIDO_OK);
  EXPECT_EQ(guarded.sign(nullptr), FIDO_ERR_NO_CREDENTIALS);
}

TEST_P(EachPinProfile, ChangesThePin) {
  Protected guarded(GetParam());
  guarded.set_pin();
  guarded.enrol();
  EXPECT_EQ(fido_dev_set_pin(guarded.device.get(), "new pin", kWrong), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(fido_dev_set_pin(guarded.device.get(), "new pin", kFirstPin), FIDO_OK);
  EXPECT_EQ(guarded.sign(kFirstPin), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(guarded.sign("new pin"), FIDO_OK);
}

TEST_P(EachPinProfile, RefusesAPinWhereNoneIsSet) {
  Protected guarded(GetParam());
  guarded.enrol();
  EXPECT_EQ(guarded.sign(kFirstPin), FIDO_ERR_PIN_NOT_SET);
}

TEST_P(EachPinProfile, ResidentCredentialNeedsThePin) {
  Protected guarded(GetParam());
  guarded.set_pin();
  const Cred cred = new_credential(COSE_ES256);
  fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE);
  EXPECT_EQ(make(guarded.device.get(), cred.get()), FIDO_ERR_PIN_REQUIRED);
  EXPECT_EQ(make(guarded.device.get(), cred.get(), kFirstPin), FIDO_OK);
}

TEST(ClientPin, BeforeTwoDotOneEveryCredentialNeedsThePin) {
  Protected old("2_1_pre");
  old.set_pin();
  EXPECT_EQ(make(old.device.get(), new_credential(COSE_ES256).get()), FIDO_ERR_PIN_REQUIRED);
  Protected recent("2_1");
  recent.set_pin();
  EXPECT_EQ(make(recent.device.get(), new_credential(COSE_ES256).get()), FIDO_OK);
}

TEST(ClientPin, PinLengthHasLimits) {
  MemoryToken token;
  const Device device = open_device(token);
  // libfido2 refuses the outer ones itself; what is within must be taken.
  EXPECT_NE(fido_dev_set_pin(device.get(), "123", nullptr), FIDO_OK);
  EXPECT_NE(fido_dev_set_pin(device.get(), std::string(64, 'x').c_str(), nullptr), FIDO_OK);
  EXPECT_EQ(fido_dev_set_pin(device.get(), std::string(63, 'x').c_str(), nullptr), FIDO_OK);
}

TEST(ClientPin, CountsCodePointsNotBytes) {
  MemoryToken token;
  const Device device = open_device(token);
  EXPECT_EQ(fido_dev_set_pin(device.get(), "\xc3\xa4\xc3\xb6", nullptr),
            FIDO_ERR_PIN_POLICY_VIOLATION);
}

TEST(ClientPin, ProtectedCredentialIsInvisibleWithoutVerification) {
  Protected guarded("2_1");
  guarded.set_pin();
  guarded.enrol(FIDO_CRED_PROT_UV_REQUIRED);
  EXPECT_EQ(fido_cred_prot(guarded.cred.get()), FIDO_CRED_PROT_UV_REQUIRED);
  EXPECT_EQ(guarded.sign(nullptr), FIDO_ERR_NO_CREDENTIALS);
  EXPECT_EQ(guarded.sign(kFirstPin), FIDO_OK);
}

TEST(ClientPin, HalfProtectedCredentialNeedsItsIdOrVerification) {
  Protected guarded("2_1");
  guarded.set_pin();
  guarded.cred = new_credential(COSE_ES256);
  fido_cred_set_rk(guarded.cred.get(), FIDO_OPT_TRUE);
  fido_cred_set_prot(guarded.cred.get(), FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID);
  ASSERT_EQ(make(guarded.device.get(), guarded.cred.get(), kFirstPin), FIDO_OK);
  EXPECT_EQ(guarded.sign(nullptr), FIDO_OK);
  const Assert discover = new_assertion(nullptr);
  EXPECT_EQ(get(guarded.device.get(), discover.get()), FIDO_ERR_NO_CREDENTIALS);
  EXPECT_EQ(get(guarded.device.get(), discover.get(), kFirstPin), FIDO_OK);
}

base::Bytes hmac_secret(Protected& guarded, std::uint8_t salt, const char* pin) {
  guarded.assertion = new_assertion(guarded.cred.get());
  const std::array<unsigned char, 32> salt_bytes = {salt};
  fido_assert_set_extensions(guarded.assertion.get(), FIDO_EXT_HMAC_SECRET);
  fido_assert_set_hmac_salt(guarded.assertion.get(), salt_bytes.data(), salt_bytes.size());
  EXPECT_EQ(get(guarded.device.get(), guarded.assertion.get(), pin), FIDO_OK);
  return base::to_bytes(base::ByteView(fido_assert_hmac_secret_ptr(guarded.assertion.get(), 0),
                                       fido_assert_hmac_secret_len(guarded.assertion.get(), 0)));
}

TEST_P(EachPinProfile, HmacSecretDependsOnSaltAndVerification) {
  Protected guarded(GetParam());
  guarded.set_pin();
  guarded.cred = new_credential(COSE_ES256);
  fido_cred_set_extensions(guarded.cred.get(), FIDO_EXT_HMAC_SECRET);
  ASSERT_EQ(make(guarded.device.get(), guarded.cred.get(), kFirstPin), FIDO_OK);
  const base::Bytes secret = hmac_secret(guarded, 1, kFirstPin);
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(secret, hmac_secret(guarded, 1, kFirstPin));
  EXPECT_NE(secret, hmac_secret(guarded, 2, kFirstPin));
  EXPECT_NE(secret, hmac_secret(guarded, 1, nullptr));
}

class EachManaged : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(CredentialManagement, EachManaged, testing::Values("2_1_pre", "2_1"),
                         [](const auto& parameter) { return std::string(parameter.param); });

struct CredmanDeleter {
  void operator()(fido_credman_metadata_t* object) const { fido_credman_metadata_free(&object); }
  void operator()(fido_credman_rk_t* object) const { fido_credman_rk_free(&object); }
  void operator()(fido_credman_rp_t* object) const { fido_credman_rp_free(&object); }
};

TEST_P(EachManaged, ListsAndRemovesResidentCredentials) {
  Protected guarded(GetParam());
  guarded.set_pin();
  guarded.enrol();  // not resident: is not listed
  for (const unsigned char account : std::initializer_list<unsigned char>{1, 2}) {
    const Cred cred = new_credential(COSE_EDDSA);
    fido_cred_set_user(cred.get(), &account, 1, "alice", nullptr, nullptr);
    fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE);
    ASSERT_EQ(make(guarded.device.get(), cred.get(), kFirstPin), FIDO_OK);
  }
  const std::unique_ptr<fido_credman_metadata_t, CredmanDeleter> metadata(
      fido_credman_metadata_new());
  ASSERT_EQ(fido_credman_get_dev_metadata(guarded.device.get(), metadata.get(), kFirstPin),
            FIDO_OK);
  EXPECT_EQ(fido_credman_rk_existing(metadata.get()), 2U);
  EXPECT_EQ(fido_credman_rk_remaining(metadata.get()), kResidentCredentialsMax - 2);

  const std::unique_ptr<fido_credman_rp_t, CredmanDeleter> parties(fido_credman_rp_new());
  ASSERT_EQ(fido_credman_get_dev_rp(guarded.device.get(), parties.get(), kFirstPin), FIDO_OK);
  ASSERT_EQ(fido_credman_rp_count(parties.get()), 1U);
  EXPECT_STREQ(fido_credman_rp_id(parties.get(), 0), kRpId);

  const std::unique_ptr<fido_credman_rk_t, CredmanDeleter> keys(fido_credman_rk_new());
  ASSERT_EQ(fido_credman_get_dev_rk(guarded.device.get(), kRpId, keys.get(), kFirstPin), FIDO_OK);
  ASSERT_EQ(fido_credman_rk_count(keys.get()), 2U);
  const fido_cred_t* first = fido_credman_rk(keys.get(), 0);
  EXPECT_EQ(fido_credman_del_dev_rk(guarded.device.get(), fido_cred_id_ptr(first),
                                    fido_cred_id_len(first), kFirstPin),
            FIDO_OK);
  EXPECT_EQ(fido_credman_del_dev_rk(guarded.device.get(), fido_cred_id_ptr(first),
                                    fido_cred_id_len(first), kFirstPin),
            FIDO_ERR_NO_CREDENTIALS);
  ASSERT_EQ(fido_credman_get_dev_metadata(guarded.device.get(), metadata.get(), kFirstPin),
            FIDO_OK);
  EXPECT_EQ(fido_credman_rk_existing(metadata.get()), 1U);
}

TEST_P(EachManaged, ManagementNeedsTheRightPin) {
  Protected guarded(GetParam());
  guarded.set_pin();
  const std::unique_ptr<fido_credman_metadata_t, CredmanDeleter> metadata(
      fido_credman_metadata_new());
  EXPECT_EQ(fido_credman_get_dev_metadata(guarded.device.get(), metadata.get(), kWrong),
            FIDO_ERR_PIN_INVALID);
  const base::Bytes without_pin = {0x0a, 0xa1, 0x01, 0x01};
  EXPECT_NE(guarded.token.authenticator.ctap2(without_pin, guarded.token.hid).front(), 0);
}

}  // namespace
}  // namespace touchstone::emulators::fido2
