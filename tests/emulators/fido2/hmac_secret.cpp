// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/hmac_secret.h"

#include "tests/emulators/fido2/parameters.h"

namespace touchstone::emulators::fido2 {
namespace {

constexpr int kKeyAgreement = 1;
constexpr int kSaltEnc = 2;
constexpr int kSaltAuth = 3;
constexpr int kProtocol = 4;
constexpr std::size_t kSaltBytes = 32;

}  // namespace

CtapResult hmac_secret_output(const Cbor& input, const Credential& credential, bool verified,
                              ClientPin& pin) {
  CTAP_TRY(key, required_field<CborMap>(input, kKeyAgreement));
  CTAP_TRY(salt_enc, required_field<base::Bytes>(input, kSaltEnc));
  CTAP_TRY(salt_auth, required_field<base::Bytes>(input, kSaltAuth));
  CTAP_TRY(version, optional_field<std::int64_t>(input, kProtocol));
  CTAP_TRY(point, parse_key_agreement(key));
  const PinProtocol* protocol = pin.find(version.value_or(1));
  if (protocol == nullptr) {
    return refuse(CtapError::kInvalidParameter);
  }
  CTAP_TRY(secret, protocol->decapsulate(point));
  if (!protocol->verify(secret.hmac_key, salt_enc, salt_auth)) {
    return refuse(CtapError::kPinAuthInvalid);
  }
  CTAP_TRY(salts, protocol->decrypt(secret, salt_enc));
  if (salts.size() != kSaltBytes && salts.size() != 2 * kSaltBytes) {
    return refuse(CtapError::kInvalidParameter);
  }
  const base::Bytes& credential_secret =
      verified ? credential.hmac_secret_with_uv : credential.hmac_secret_without_uv;
  if (credential_secret.empty()) {
    return Cbor();
  }
  base::Writer outputs;
  for (base::ByteView rest = salts; !rest.empty(); rest = rest.subspan(kSaltBytes)) {
    outputs.raw(hmac_sha256(credential_secret, rest.first(kSaltBytes)));
  }
  return Cbor(protocol->encrypt(secret, outputs.bytes()));
}

}  // namespace touchstone::emulators::fido2
