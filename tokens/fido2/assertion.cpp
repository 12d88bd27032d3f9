// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/assertion.h"

#include <algorithm>
#include <string>

#include "base/digest.h"
#include "tokens/fido2/fido2_errors.h"
#include "tokens/limits.h"

namespace touchstone::tokens::fido2 {

using base::ByteView;
using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr std::size_t kEd25519SignatureBytes = 64;
constexpr std::size_t kP256PointBytes = 65;
constexpr std::size_t kP256ScalarBytes = 32;
// rpIdHash, flags, signCount: what an SSH signature covers (PROTOCOL.u2f). Attested credential
// data or extensions would make it one that no SSH verifier can check.
constexpr std::size_t kAuthDataBytes = 37;
constexpr std::uint8_t kFlagsWithMoreData = 0xc0;  // AT, ED: WebAuthn section 6.1

Status verify_ed25519(const fido_assert_t* assertion, ByteView material) {
  const EddsaHandle key(eddsa_pk_new());
  if (!key || material.size() != kEd25519KeyBytes ||
      eddsa_pk_from_ptr(key.get(), material.data(), material.size()) != FIDO_OK) {
    return base::fail(Code::kMalformed, "ed25519 public key");
  }
  const int status = fido_assert_verify(assertion, 0, COSE_EDDSA, key.get());
  return status == FIDO_OK ? Status{} : Status(base::fail(Code::kBadSignature, {}, status));
}

Status verify_p256(const fido_assert_t* assertion, ByteView point) {
  const Es256Handle key(es256_pk_new());
  if (!key || point.size() != kP256PointBytes || point[0] != 0x04 ||
      es256_pk_from_ptr(key.get(), point.subspan(1).data(), point.size() - 1) != FIDO_OK) {
    return base::fail(Code::kMalformed, "P-256 public key");
  }
  const int status = fido_assert_verify(assertion, 0, COSE_ES256, key.get());
  return status == FIDO_OK ? Status{} : Status(base::fail(Code::kBadSignature, {}, status));
}

Result<base::Bytes> verified_signature(const fido_assert_t* assertion, const KeyReference& key) {
  const ByteView signature(fido_assert_sig_ptr(assertion, 0), fido_assert_sig_len(assertion, 0));
  if (key.public_key.algorithm == base::KeyAlgorithm::kEd25519) {
    TRY_VOID(verify_ed25519(assertion, key.public_key.material));
    if (signature.size() != kEd25519SignatureBytes) {
      return base::fail(Code::kBadSignature, "ed25519 signature of another size");
    }
    return base::to_bytes(signature);
  }
  if (key.public_key.algorithm == base::KeyAlgorithm::kEcdsaP256) {
    TRY_VOID(verify_p256(assertion, key.public_key.material));
    return signature_from_der(signature);
  }
  return base::fail(Code::kUnsupportedByToken, "key algorithm");
}

// der_integer reads one non-negative INTEGER in its one right encoding.
Result<ByteView> der_integer(base::Reader& in) {
  constexpr std::uint8_t kIntegerTag = 0x02;
  TRY_VOID(in.expect(ByteView(&kIntegerTag, 1)));
  TRY(length, in.u8());
  if (length == 0 || length > kP256ScalarBytes + 1) {
    return base::fail(Code::kMalformed, "INTEGER of " + std::to_string(length) + " bytes");
  }
  TRY(value, in.take(length));
  if ((value[0] & 0x80) != 0) {
    return base::fail(Code::kMalformed, "negative INTEGER");
  }
  if (value[0] == 0 && value.size() > 1) {
    if ((value[1] & 0x80) == 0) {
      return base::fail(Code::kMalformed, "INTEGER with a superfluous zero");
    }
    value = value.subspan(1);
  }
  if (value.size() > kP256ScalarBytes) {
    return base::fail(Code::kMalformed, "INTEGER above the curve's order");
  }
  return value;
}

}  // namespace

Result<base::Bytes> signature_from_der(ByteView der) {
  constexpr std::uint8_t kSequenceTag = 0x30;
  base::Reader in(der);
  TRY_VOID(in.expect(ByteView(&kSequenceTag, 1)));
  TRY(length, in.u8());
  if (length != in.remaining()) {
    return base::fail(Code::kMalformed, "SEQUENCE of another length");
  }
  TRY(r, der_integer(in));
  TRY(s, der_integer(in));
  TRY_VOID(in.expect_end());
  base::Bytes both(2 * kP256ScalarBytes, 0);
  const std::span<std::uint8_t> out(both);
  std::copy(r.begin(), r.end(), out.subspan(kP256ScalarBytes - r.size()).begin());
  std::copy(s.begin(), s.end(), out.subspan(2 * kP256ScalarBytes - s.size()).begin());
  return both;
}

Result<ByteView> raw_auth_data(ByteView cbor) {
  constexpr std::uint8_t kByteString = 0x40;  // RFC 8949 section 3.1, major type 2
  constexpr std::uint8_t kInlineLengthMax = 23;
  base::Reader in(cbor);
  TRY(head, in.u8());
  std::size_t length = 0;
  if (head >= kByteString && head <= kByteString + kInlineLengthMax) {
    length = head - kByteString;
  } else if (head == kByteString + 24) {
    TRY(byte, in.u8());
    length = byte;
  } else if (head == kByteString + 25) {
    TRY(word, in.u16());
    length = word;
  } else {
    return base::fail(Code::kMalformed, "authenticator data");
  }
  TRY(raw, in.take(length));
  TRY_VOID(in.expect_end());
  return raw;
}

Result<AssertHandle> new_assertion(const KeyReference& key, ByteView data) {
  if (key.credential_id.empty() || key.credential_id.size() > kCredentialIdMax) {
    return base::fail(Code::kMalformed, "credential id");
  }
  if (key.application.empty() || key.application.find('\0') != std::string::npos) {
    return base::fail(Code::kMalformed, "application");
  }
  AssertHandle assertion(fido_assert_new());
  if (!assertion) {
    return base::fail(Code::kSystem, "libfido2");
  }
  const base::Sha256 hash = base::sha256(data);
  int status = fido_assert_set_clientdata_hash(assertion.get(), hash.data(), hash.size());
  if (status == FIDO_OK) {
    status = fido_assert_set_rp(assertion.get(), key.application.c_str());
  }
  if (status == FIDO_OK) {
    status =
        fido_assert_allow_cred(assertion.get(), key.credential_id.data(), key.credential_id.size());
  }
  if (status != FIDO_OK) {
    return base::fail(from_fido(status));
  }
  return assertion;
}

Result<base::TokenSignature> check_assertion(const fido_assert_t* assertion,
                                             const KeyReference& key, const Expected& expected) {
  if (fido_assert_count(assertion) != 1) {
    return base::fail(Code::kTokenFailed, "not one assertion");
  }
  // CTAP 2.1 section 6.2.2: the id may be left out when one was allowed.
  const ByteView id(fido_assert_id_ptr(assertion, 0), fido_assert_id_len(assertion, 0));
  if (!id.empty() && !base::equal(id, key.credential_id)) {
    return base::fail(Code::kWrongToken, "the answer is for another credential");
  }
  TRY(auth_data, raw_auth_data(ByteView(fido_assert_authdata_ptr(assertion, 0),
                                        fido_assert_authdata_len(assertion, 0))));
  if (auth_data.size() != kAuthDataBytes) {
    return base::fail(Code::kTokenFailed, "authenticator data of another size");
  }
  if (!base::equal(auth_data.first(base::Sha256{}.size()),
                   base::sha256(base::as_bytes(key.application)))) {
    return base::fail(Code::kWrongApplication);
  }
  base::TokenSignature signature;
  base::Reader rest(auth_data.subspan(base::Sha256{}.size()));
  TRY_ASSIGN(signature.flags, rest.u8());
  TRY_ASSIGN(signature.counter, rest.u32());
  if ((signature.flags & kFlagsWithMoreData) != 0) {
    return base::fail(Code::kTokenFailed, "flags that do not fit the data", signature.flags);
  }
  if (expected.user_presence && (signature.flags & base::kFlagUserPresence) == 0) {
    return base::fail(Code::kNoPresence);
  }
  if (expected.user_verification && (signature.flags & base::kFlagUserVerification) == 0) {
    return base::fail(Code::kNoVerification);
  }
  TRY_ASSIGN(signature.signature, verified_signature(assertion, key));
  return signature;
}

}  // namespace touchstone::tokens::fido2
