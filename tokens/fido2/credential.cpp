// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/credential.h"

#include <string_view>
#include <utility>

#include "base/digest.h"
#include "tokens/fido2/attestation_statement.h"
#include "tokens/fido2/fido2_errors.h"
#include "tokens/fido2/random.h"
#include "tokens/limits.h"

namespace touchstone::tokens::fido2 {

using base::ByteView;
using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr std::uint8_t kPointPrefix = 0x04;  // uncompressed, SEC 1 section 2.3.3
constexpr std::size_t kP256CoordinatesBytes = 64;

std::string_view text_or_empty(const char* text) { return text != nullptr ? text : ""; }

// set applies the next setter unless one failed before.
template <class F>
void set(int& status, F&& setter) {
  if (status == FIDO_OK) {
    status = setter();
  }
}

}  // namespace

Result<CredHandle> new_credential(base::KeyAlgorithm algorithm, const EnrollRequest& request) {
  CredHandle credential(fido_cred_new());
  if (!credential) {
    return base::fail(Code::kSystem, "libfido2");
  }
  fido_cred_t* const cred = credential.get();
  // A token overwrites a resident credential of the same application and user id without asking;
  // a random id makes that impossible.
  TRY(user_id, random32());
  const base::Sha256 hash = base::sha256(request.challenge);
  const char* const user = request.user_name.empty() ? "touchstone" : request.user_name.c_str();
  int status = FIDO_OK;
  set(status, [&] {
    return fido_cred_set_type(cred,
                              algorithm == base::KeyAlgorithm::kEd25519 ? COSE_EDDSA : COSE_ES256);
  });
  set(status, [&] { return fido_cred_set_clientdata_hash(cred, hash.data(), hash.size()); });
  set(status, [&] { return fido_cred_set_rp(cred, request.application.c_str(), nullptr); });
  set(status, [&] {
    return fido_cred_set_user(cred, user_id.data(), user_id.size(), user, user, nullptr);
  });
  if (request.resident) {
    set(status, [&] { return fido_cred_set_rk(cred, FIDO_OPT_TRUE); });
  }
  if (request.user_verification) {
    set(status, [&] { return fido_cred_set_uv(cred, FIDO_OPT_TRUE); });
  }
  if (request.cred_protect != CredProtect::kNone) {
    set(status, [&] { return fido_cred_set_prot(cred, static_cast<int>(request.cred_protect)); });
  }
  for (const base::Bytes& id : request.exclude) {
    set(status, [&] { return fido_cred_exclude(cred, id.data(), id.size()); });
  }
  if (status != FIDO_OK) {
    return base::fail(from_fido(status));
  }
  return credential;
}

Result<base::PublicKey> public_key_of(const fido_cred_t* cred) {
  const ByteView material(fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred));
  base::PublicKey key;
  if (fido_cred_type(cred) == COSE_EDDSA && material.size() == kEd25519KeyBytes) {
    key.algorithm = base::KeyAlgorithm::kEd25519;
    key.material = base::to_bytes(material);
    return key;
  }
  if (fido_cred_type(cred) == COSE_ES256 && material.size() == kP256CoordinatesBytes) {
    key.algorithm = base::KeyAlgorithm::kEcdsaP256;
    key.material = base::Writer().u8(kPointPrefix).raw(material).bytes();
    return key;
  }
  return base::fail(Code::kTokenFailed, "a public key that was not asked for");
}

namespace {

// verify_attestation checks that the statement is the key's own or the certificate's. Whether the
// certificate is worth anything is for tokens/attestation to say.
Status verify_attestation(const fido_cred_t* cred, std::string_view format) {
  if (format == "none") {
    return {};
  }
  const int status =
      fido_cred_x5c_len(cred) > 0 ? fido_cred_verify(cred) : fido_cred_verify_self(cred);
  if (status != FIDO_OK) {
    return base::fail(Code::kBadSignature, "attestation", status);
  }
  return {};
}

Result<Attestation> attestation_of(const fido_cred_t* cred) {
  Attestation attestation;
  attestation.format = text_or_empty(fido_cred_fmt(cred));
  const ByteView auth_data(fido_cred_authdata_raw_ptr(cred), fido_cred_authdata_raw_len(cred));
  const ByteView signature(fido_cred_sig_ptr(cred), fido_cred_sig_len(cred));
  const ByteView leaf(fido_cred_x5c_ptr(cred), fido_cred_x5c_len(cred));
  const ByteView statement(fido_cred_attstmt_ptr(cred), fido_cred_attstmt_len(cred));
  if (attestation.format.size() > kAttestationFormatMax || auth_data.size() > kAuthDataMax ||
      signature.size() > kSignatureMax) {
    return base::fail(Code::kTooLong, "attestation");
  }
  attestation.auth_data = base::to_bytes(auth_data);
  attestation.signature = base::to_bytes(signature);
  TRY_ASSIGN(attestation.certificates, certificates_of(statement).with_context("attestation"));
  // The one that libfido2 verifies the signature with has to be the first of those kept.
  const ByteView first =
      attestation.certificates.empty() ? ByteView() : ByteView(attestation.certificates.front());
  if (!base::equal(first, leaf)) {
    return base::fail(Code::kTokenFailed, "attestation certificates");
  }
  return attestation;
}

}  // namespace

Result<Enrollment> check_credential(const fido_cred_t* cred, base::KeyAlgorithm algorithm,
                                    const EnrollRequest& request) {
  Enrollment enrollment;
  TRY_ASSIGN(enrollment.attestation, attestation_of(cred));
  const ByteView auth_data(enrollment.attestation.auth_data);
  const base::Sha256 application = base::sha256(base::as_bytes(request.application));
  if (auth_data.size() < application.size() ||
      !base::equal(auth_data.first(application.size()), application)) {
    return base::fail(Code::kWrongApplication);
  }
  enrollment.flags = fido_cred_flags(cred);
  if ((enrollment.flags & base::kFlagUserPresence) == 0) {
    return base::fail(Code::kNoPresence);
  }
  if (request.user_verification && (enrollment.flags & base::kFlagUserVerification) == 0) {
    return base::fail(Code::kNoVerification);
  }
  TRY_VOID(verify_attestation(cred, enrollment.attestation.format));
  TRY_ASSIGN(enrollment.key.public_key, public_key_of(cred));
  if (enrollment.key.public_key.algorithm != algorithm) {
    return base::fail(Code::kTokenFailed, "a public key that was not asked for");
  }
  const ByteView id(fido_cred_id_ptr(cred), fido_cred_id_len(cred));
  if (id.empty() || id.size() > kCredentialIdMax) {
    return base::fail(Code::kTokenFailed, "credential id");
  }
  enrollment.key.credential_id = base::to_bytes(id);
  enrollment.key.application = request.application;
  return enrollment;
}

}  // namespace touchstone::tokens::fido2
