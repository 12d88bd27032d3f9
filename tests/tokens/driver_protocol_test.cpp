// SPDX-License-Identifier: Apache-2.0
#include "tokens/driver_protocol.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace touchstone::tokens {
namespace {

using base::Bytes;
using base::Code;
using base::KeyAlgorithm;
using base::Writer;

base::Secret secret_of(std::size_t size) {
  EXPECT_TRUE(base::init_secure_heap().has_value());
  return base::Secret::copy_of(Bytes(size, '7')).value();
}

KeyReference key() {
  KeyReference reference;
  reference.public_key.material = Bytes(32, 3);
  reference.credential_id = Bytes(64, 4);
  reference.application = "ssh:touchstone-sign";
  return reference;
}

KeyReference marked_key() {
  KeyReference reference = key();
  reference.marker = Marker{{KeyAlgorithm::kEcdsaP256, Bytes(65, 5)}, Bytes(64, 6)};
  return reference;
}

SignRequest some_sign_request() {
  SignRequest request;
  request.token = "fido2:/dev/hidraw0:1";
  request.key = key();
  request.data = base::to_bytes("data");
  request.user_verification = true;
  request.pin = secret_of(6);
  request.last_try = LastTry::kAllow;
  request.timeout = std::chrono::milliseconds{200};
  return request;
}

EnrollRequest some_enroll_request() {
  EnrollRequest request;
  request.token = "fido2:/dev/hidraw0:1";
  request.application = "ssh:touchstone-sign";
  request.user_name = "alice";
  request.algorithms = {KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256};
  request.resident = true;
  request.cred_protect = CredProtect::kUvOptionalWithCredentialId;
  request.user_verification = true;
  request.challenge = base::to_bytes("challenge");
  request.pin = secret_of(4);
  request.exclude = {Bytes(16, 1), Bytes(17, 2)};
  return request;
}

TokenInfo token_info() {
  TokenInfo info;
  info.id = "fido2:/dev/hidraw0:1";
  info.driver = "fido2";
  info.manufacturer = "Maker";
  info.product = "Tok\x1b[31men";
  info.device = "/dev/hidraw0";
  info.vendor_id = 0x1050;
  info.product_id = 0x0407;
  info.aaguid[3] = 9;
  info.versions = {"U2F_V2", "FIDO_2_1"};
  info.algorithms = {KeyAlgorithm::kEcdsaP256};
  info.pin_supported = true;
  info.pin_set = true;
  info.pin_retries = 7;
  info.uv_supported = true;
  info.resident_supported = true;
  info.cred_protect_supported = true;
  info.credential_management_supported = true;
  info.pin_length_min = 6;
  info.busy = true;
  return info;
}

Enrollment enrollment() {
  Enrollment made;
  made.key = key();
  made.flags = 0x41;
  made.attestation.format = "packed";
  made.attestation.auth_data = Bytes(180, 5);
  made.attestation.signature = Bytes(71, 6);
  made.attestation.certificates = {Bytes(700, 7)};
  made.silent = {{made.key, Bytes(kSilentDataBytes, 1), {Bytes(64, 2), 1, 5}},
                 {made.key, Bytes(kSilentDataBytes, 3), {Bytes(64, 4), 0, 6}}};
  return made;
}

SilentSignature silent() {
  return {key(), Bytes(kSilentDataBytes, 9), base::TokenSignature{Bytes(64, 8), 0, 0xfffffffe}};
}

// through sends a message to the driver and back out of the parser.
template <class T>
T through(T message) {
  const base::Secret encoded = encode(ToDriver(std::move(message))).value();
  return std::get<T>(parse_to_driver(encoded.view()).value());
}

template <class T>
T back(T message) {
  return std::get<T>(parse_from_driver(encode(FromDriver(std::move(message))).value()).value());
}

TEST(DriverProtocol, SignKeepsEverything) {
  const Sign sign = through(Sign{0x0102030405060708U, some_sign_request()});
  EXPECT_EQ(sign.id, 0x0102030405060708U);
  EXPECT_EQ(sign.request.token, "fido2:/dev/hidraw0:1");
  EXPECT_EQ(sign.request.key, key());
  EXPECT_EQ(sign.request.data, base::to_bytes("data"));
  EXPECT_TRUE(sign.request.user_verification);
  EXPECT_EQ(base::as_text(sign.request.pin->view()), "777777");
  EXPECT_EQ(sign.request.last_try, LastTry::kAllow);
  EXPECT_EQ(sign.request.timeout.count(), 200);
}

TEST(DriverProtocol, EnrollKeepsEverything) {
  const Enroll enroll = through(Enroll{7, some_enroll_request()});
  const EnrollRequest expected = some_enroll_request();
  EXPECT_EQ(enroll.request.token, expected.token);
  EXPECT_EQ(enroll.request.application, expected.application);
  EXPECT_EQ(enroll.request.user_name, expected.user_name);
  EXPECT_EQ(enroll.request.algorithms, expected.algorithms);
  EXPECT_TRUE(enroll.request.resident);
  EXPECT_EQ(enroll.request.cred_protect, expected.cred_protect);
  EXPECT_TRUE(enroll.request.user_verification);
  EXPECT_EQ(enroll.request.challenge, expected.challenge);
  EXPECT_EQ(enroll.request.pin->size(), 4U);
  EXPECT_EQ(enroll.request.exclude, expected.exclude);
  EXPECT_EQ(enroll.request.last_try, LastTry::kRefuse);
  EXPECT_EQ(enroll.request.timeout, kTouchTimeout);
}

TEST(DriverProtocol, OtherRequestsKeepEverything) {
  EXPECT_EQ(through(Hello{9}).version, 9U);
  EXPECT_EQ(through(Locate{3, key()}).key, key());
  EXPECT_EQ(through(Locate{3, marked_key()}).key, marked_key());
  EXPECT_EQ(through(Locate{3, key()}).asking, Asking::kOnce);
  EXPECT_EQ(through(Locate{3, key(), Asking::kAgain}).asking, Asking::kAgain);
  EXPECT_EQ(through(Cancel{4}).id, 4U);
  const SetPin first = through(SetPin{5, "t", std::nullopt, secret_of(5), LastTry::kAllow});
  EXPECT_FALSE(first.old_pin.has_value());
  EXPECT_EQ(first.new_pin.size(), 5U);
  const SetPin change = through(SetPin{5, "t", secret_of(7), secret_of(5), LastTry::kRefuse});
  EXPECT_EQ(change.old_pin->size(), 7U);
  EXPECT_EQ(through(ListResident{6, "t", secret_of(4), LastTry::kAllow}).last_try, LastTry::kAllow);
  const DeleteResident remove =
      through(DeleteResident{6, "t", secret_of(4), LastTry::kRefuse, Bytes{1, 2}});
  EXPECT_EQ(remove.credential_id, (Bytes{1, 2}));
}

TEST(DriverProtocol, RepliesKeepEverything) {
  EXPECT_EQ(back(HelloReply{1, "fido2"}).driver, "fido2");
  TokenInfo bare;
  bare.id = "x";
  const Tokens both = back(Tokens{{token_info(), bare}});
  EXPECT_EQ(both.tokens.at(0), token_info());
  EXPECT_EQ(both.tokens.at(1), bare);
  EXPECT_EQ(both.tokens.at(1).pin_retries, -1);
  EXPECT_EQ(back(TouchNeeded{8, "t"}).token, "t");
  EXPECT_EQ(back(Silent{silent()}).signature, silent());
  EXPECT_TRUE(std::holds_alternative<Done>(*back(Reply{1, ReplyValue(Done{})}).value));
  EXPECT_EQ(std::get<Location>(*back(Reply{1, ReplyValue(Location{"t"})}).value).token, "t");
  const base::TokenSignature signature{Bytes(64, 8), 5, 0xfffffffe};
  EXPECT_EQ(std::get<base::TokenSignature>(*back(Reply{1, ReplyValue(signature)}).value),
            signature);
  EXPECT_EQ(std::get<Enrollment>(*back(Reply{1, ReplyValue(enrollment())}).value), enrollment());
  const std::vector<ResidentCredential> residents = {
      {key(), "alice", Bytes(32, 1), CredProtect::kUvRequired}, {}};
  EXPECT_EQ(std::get<std::vector<ResidentCredential>>(*back(Reply{1, ReplyValue(residents)}).value),
            residents);
}

TEST(DriverProtocol, EveryErrorCodeKeepsItsNumber) {
  for (const base::ErrorInfo& info : base::all_errors()) {
    const base::Error error{info.code, -9, "Token (/dev/hidraw0)"};
    EXPECT_EQ(back(Reply{2, base::fail(error)}).value.error(), error);
  }
}

TEST(DriverProtocol, ErrorContextIsCut) {
  const base::Error error{Code::kTokenFailed, 0, std::string(kErrorContextMax + 1, 'x')};
  EXPECT_EQ(back(Reply{2, base::fail(error)}).value.error().context.size(), kErrorContextMax);
}

// What is above a limit is refused by whoever encodes it, and what is at it passes both ways.
struct Limit {
  const char* name;
  std::size_t max;
  std::function<ToDriver(std::size_t)> make;
};

ToDriver sign_with(const std::function<void(SignRequest&)>& change) {
  Sign sign{1, some_sign_request()};
  change(sign.request);
  return sign;
}

ToDriver enroll_with(const std::function<void(EnrollRequest&)>& change) {
  Enroll enroll{1, some_enroll_request()};
  change(enroll.request);
  return enroll;
}

std::vector<Limit> request_limits() {
  using Size = std::size_t;
  return {
      {"token", kTokenIdMax,
       [](Size n) { return sign_with([n](auto& r) { r.token = std::string(n, 't'); }); }},
      {"data", kSignDataMax,
       [](Size n) { return sign_with([n](auto& r) { r.data = Bytes(n, 1); }); }},
      {"material", kKeyMaterialMax,
       [](Size n) { return sign_with([n](auto& r) { r.key.public_key.material = Bytes(n, 1); }); }},
      {"credential", kCredentialIdMax,
       [](Size n) { return sign_with([n](auto& r) { r.key.credential_id = Bytes(n, 1); }); }},
      {"application", kApplicationMax,
       [](Size n) { return sign_with([n](auto& r) { r.key.application = std::string(n, 'a'); }); }},
      {"pin", kPinBytesMax,
       [](Size n) { return sign_with([n](auto& r) { r.pin = secret_of(n); }); }},
      {"timeout", static_cast<Size>(kTouchTimeoutMax.count()),
       [](Size n) {
         return sign_with([n](auto& r) { r.timeout = std::chrono::milliseconds{n}; });
       }},
      {"enrolled application", kApplicationMax,
       [](Size n) { return enroll_with([n](auto& r) { r.application = std::string(n, 'a'); }); }},
      {"user", kUserNameMax,
       [](Size n) { return enroll_with([n](auto& r) { r.user_name = std::string(n, 'a'); }); }},
      {"algorithms", kAlgorithmsMax,
       [](Size n) {
         return enroll_with([n](auto& r) { r.algorithms.assign(n, KeyAlgorithm::kRsa); });
       }},
      {"challenge", kChallengeMax,
       [](Size n) { return enroll_with([n](auto& r) { r.challenge = Bytes(n, 1); }); }},
      {"exclude", kExcludeMax,
       [](Size n) { return enroll_with([n](auto& r) { r.exclude.assign(n, Bytes(9, 1)); }); }},
      {"excluded id", kCredentialIdMax,
       [](Size n) { return enroll_with([n](auto& r) { r.exclude = {Bytes(n, 1)}; }); }},
  };
}

TEST(DriverProtocol, RequestLimits) {
  for (const Limit& limit : request_limits()) {
    const auto at = encode(limit.make(limit.max));
    ASSERT_TRUE(at.has_value()) << limit.name;
    EXPECT_TRUE(parse_to_driver(at->view()).has_value()) << limit.name;
    EXPECT_FALSE(encode(limit.make(limit.max + 1)).has_value()) << limit.name;
  }
  EXPECT_EQ(encode(sign_with([](auto& r) { r.pin = secret_of(kPinBytesMax + 1); })).error().code,
            Code::kPinPolicy);
}

TEST(DriverProtocol, TheLargestRequestsFit) {
  EXPECT_TRUE(encode(sign_with([](SignRequest& r) {
                r.token = std::string(kTokenIdMax, 't');
                r.data = Bytes(kSignDataMax, 1);
                r.key.public_key.material = Bytes(kKeyMaterialMax, 1);
                r.key.credential_id = Bytes(kCredentialIdMax, 1);
                r.key.application = std::string(kApplicationMax, 'a');
              })).has_value());
  EXPECT_TRUE(encode(enroll_with([](EnrollRequest& r) {
                r.exclude.assign(kExcludeMax, Bytes(kCredentialIdMax, 1));
              })).has_value());
}

TEST(DriverProtocol, NoNulInTexts) {
  EXPECT_EQ(encode(enroll_with([](auto& r) { r.application = std::string("ssh:\0evil", 9); }))
                .error()
                .code,
            Code::kMalformed);
  base::Secret encoded = encode(enroll_with([](auto& r) { r.application = "ssh:Xevil"; })).value();
  const std::string_view text = base::as_text(encoded.view());
  encoded.data()[text.find("ssh:X") + 4] = 0;
  EXPECT_EQ(parse_to_driver(encoded.view()).error().code, Code::kMalformed);
}

// set changes one byte of a message that would parse without it.
Code refused(base::ByteView message, std::size_t at, std::uint8_t value) {
  Bytes changed = base::to_bytes(message);
  changed.at(at) = value;
  const auto parsed = parse_to_driver(changed);
  return parsed.has_value() ? Code{} : parsed.error().code;
}

TEST(DriverProtocol, RefusesValuesOutOfRange) {
  const base::Secret locate = encode(Locate{1, key()}).value();
  EXPECT_EQ(refused(locate.view(), 0, 0), Code::kMalformed);   // type
  EXPECT_EQ(refused(locate.view(), 0, 64), Code::kMalformed);  // a type of the other direction
  EXPECT_EQ(refused(locate.view(), 9, 0), Code::kMalformed);   // algorithm
  EXPECT_EQ(refused(locate.view(), 9, 6), Code::kMalformed);
  EXPECT_EQ(refused(locate.view(), locate.size() - 1, 2), Code::kMalformed);  // marked
  const base::Secret list = encode(ListResident{1, "t", secret_of(4), LastTry::kAllow}).value();
  EXPECT_EQ(refused(list.view(), list.size() - 1, 2), Code::kMalformed);  // last try
  EXPECT_EQ(refused(list.view(), 11, 0xff), Code::kTooLong);              // token length
  const base::Secret sign = encode(Sign{1, some_sign_request()}).value();
  EXPECT_EQ(refused(sign.view(), sign.size() - 1, 0), Code::kMalformed);     // timeout 0
  EXPECT_EQ(refused(sign.view(), sign.size() - 4, 0xff), Code::kMalformed);  // too long a one
}

TEST(DriverProtocol, RefusesRepliesOutOfRange) {
  const auto reply = [](std::uint8_t kind) { return Writer().u8(67).u64(1).u8(kind); };
  EXPECT_EQ(parse_from_driver(reply(6).bytes()).error().code, Code::kMalformed);
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{0, 1, 99, 399, 9999}) {
    Writer error = reply(0);
    error.u16(code).u64(0).string("");
    EXPECT_EQ(parse_from_driver(error.bytes()).error().code, Code::kMalformed) << code;
  }
  Writer many = reply(5);
  many.u32(kResidentCredentialsMax + 1);
  EXPECT_EQ(parse_from_driver(many.bytes()).error().code, Code::kTooLong);
  Writer signature = reply(3);
  signature.string(Bytes(kSignatureMax + 1, 1)).u8(1).u32(1);
  EXPECT_EQ(parse_from_driver(signature.bytes()).error().code, Code::kTooLong);
  Writer tokens;
  tokens.u8(65).u32(kTokensMax + 1);
  EXPECT_EQ(parse_from_driver(tokens.bytes()).error().code, Code::kTooLong);
}

TEST(DriverProtocol, ReplyLimits) {
  const auto fits = [](const ReplyValue& value) {
    const auto encoded = encode(FromDriver(Reply{1, value}));
    return encoded.has_value() && parse_from_driver(*encoded).has_value();
  };
  Enrollment made = enrollment();
  made.attestation.format = std::string(kAttestationFormatMax, 'f');
  made.attestation.auth_data = Bytes(kAuthDataMax, 1);
  made.attestation.signature = Bytes(kSignatureMax, 1);
  made.attestation.certificates.assign(kCertificatesMax, Bytes(kCertificateMax, 1));
  EXPECT_TRUE(fits(made));
  Enrollment over = made;
  over.attestation.format += 'f';
  EXPECT_FALSE(fits(over));
  over = made;
  over.attestation.auth_data.push_back(1);
  EXPECT_FALSE(fits(over));
  over = made;
  over.attestation.certificates.emplace_back();
  EXPECT_FALSE(fits(over));
  over = made;
  over.attestation.certificates.back().push_back(1);
  EXPECT_FALSE(fits(over));
  made = enrollment();
  made.silent.assign(kCounterProbes, silent());
  EXPECT_TRUE(fits(made));
  made.silent.push_back(silent());
  EXPECT_FALSE(fits(made));
  std::vector<ResidentCredential> residents(kResidentCredentialsMax);
  EXPECT_TRUE(fits(residents));
  residents.emplace_back();
  EXPECT_FALSE(fits(residents));
  residents.assign(kResidentCredentialsMax, ResidentCredential{key(), "alice", Bytes(32, 1), {}});
  residents.front().key.credential_id = Bytes(kCredentialIdMax, 1);
  EXPECT_TRUE(fits(residents));
  for (ResidentCredential& resident : residents) {
    resident.key.credential_id = Bytes(kCredentialIdMax, 1);
  }
  EXPECT_FALSE(fits(residents));  // more than a message holds
  Tokens tokens;
  tokens.tokens.assign(kTokensMax, token_info());
  EXPECT_TRUE(encode(FromDriver(tokens)).has_value());
  tokens.tokens.push_back(token_info());
  EXPECT_FALSE(encode(FromDriver(tokens)).has_value());
}

TEST(DriverProtocol, SilentSignaturesAreOverSoManyBytes) {
  for (const std::size_t size : {kSilentDataBytes - 1, kSilentDataBytes, kSilentDataBytes + 1}) {
    SilentSignature other = silent();
    other.data = Bytes(size, 1);
    const auto encoded = encode(FromDriver(Silent{other}));
    EXPECT_EQ(encoded.has_value() && parse_from_driver(*encoded).has_value(),
              size == kSilentDataBytes);
  }
}

RC_GTEST_PROP(DriverProtocol, AnyBytesComeThroughAsTheyWere,
              (std::uint64_t id, Bytes data, Bytes credential, Bytes material, bool verify)) {
  Sign sign{id, some_sign_request()};
  sign.request.data = data;
  sign.request.key.credential_id = credential;
  sign.request.key.public_key.material = material;
  sign.request.user_verification = verify;
  const KeyReference expected = sign.request.key;
  const Sign parsed = through(std::move(sign));
  RC_ASSERT(parsed.id == id);
  RC_ASSERT(parsed.request.data == data);
  RC_ASSERT(parsed.request.key == expected);
  RC_ASSERT(parsed.request.user_verification == verify);
}

RC_GTEST_PROP(DriverProtocol, AnyAttestationComesThroughAsItWas,
              (Bytes auth_data, Bytes signature, std::vector<Bytes> certificates)) {
  certificates.resize(std::min(certificates.size(), kCertificatesMax));
  Enrollment made = enrollment();
  made.attestation.auth_data = auth_data;
  made.attestation.signature = signature;
  made.attestation.certificates = certificates;
  RC_ASSERT(std::get<Enrollment>(*back(Reply{1, ReplyValue(made)}).value) == made);
}

// Whole or not at all: each message, cut anywhere or longer by a byte, is refused.
TEST(DriverProtocol, RefusesEveryPrefixAndSuffix) {
  std::vector<Bytes> to;
  const auto keep = [&to](ToDriver message) {
    to.push_back(base::to_bytes(encode(message).value().view()));
  };
  keep(Hello{});
  keep(Locate{1, key()});
  keep(Sign{1, some_sign_request()});
  keep(Enroll{1, some_enroll_request()});
  keep(SetPin{5, "t", secret_of(7), secret_of(5), LastTry::kRefuse});
  keep(ListResident{6, "t", secret_of(4), LastTry::kAllow});
  keep(DeleteResident{6, "t", secret_of(4), LastTry::kRefuse, Bytes{1, 2}});
  keep(Cancel{4});
  for (Bytes& message : to) {
    ASSERT_TRUE(parse_to_driver(message).has_value());
    for (std::size_t size = 0; size < message.size(); ++size) {
      EXPECT_FALSE(parse_to_driver(base::ByteView(message).first(size)).has_value());
    }
    message.push_back(0);
    EXPECT_EQ(parse_to_driver(message).error().code, Code::kTrailingBytes);
    EXPECT_FALSE(parse_from_driver(message).has_value());
  }
  std::vector<FromDriver> from = {HelloReply{1, "fido2"},
                                  Tokens{{token_info()}},
                                  TouchNeeded{8, "t"},
                                  Reply{1, ReplyValue(Location{"t"})},
                                  Reply{1, ReplyValue(enrollment())},
                                  Reply{1, base::fail(Code::kPinWrong, "x", 3)}};
  for (const FromDriver& value : from) {
    Bytes message = encode(value).value();
    for (std::size_t size = 0; size < message.size(); ++size) {
      EXPECT_FALSE(parse_from_driver(base::ByteView(message).first(size)).has_value());
    }
    message.push_back(0);
    EXPECT_EQ(parse_from_driver(message).error().code, Code::kTrailingBytes);
  }
  EXPECT_EQ(parse_to_driver(Bytes(kToDriverMessageMax + 1)).error().code, Code::kTooLong);
  EXPECT_EQ(parse_from_driver(Bytes(kDriverMessageMax + 1)).error().code, Code::kTooLong);
}

}  // namespace
}  // namespace touchstone::tokens
