// SPDX-License-Identifier: Apache-2.0
#include "base/key.h"
#include "tests/fuzz/fuzz.h"
#include "tokens/attestation/chain.h"
#include "tokens/attestation/statement.h"
#include "tokens/limits.h"

namespace {

using namespace touchstone;

struct Input {
  tokens::Attestation attestation;
  tokens::KeyReference key;
};

// One byte for kind of key and format, then strings: authenticator data, signature, certificate,
// credential id.
base::Result<Input> read(base::ByteView bytes) {
  base::Reader reader(bytes);
  Input input;
  TRY(kind, reader.u8());
  const bool ed25519 = (kind & 1U) != 0;
  input.key.application = "ssh:";
  input.key.public_key.algorithm =
      ed25519 ? base::KeyAlgorithm::kEd25519 : base::KeyAlgorithm::kEcdsaP256;
  input.key.public_key.material = base::Bytes(ed25519 ? 32 : 65, 4);
  input.attestation.format = (kind & 2U) != 0 ? "packed" : (kind & 4U) != 0 ? "fido-u2f" : "none";
  TRY(auth_data, reader.string(tokens::kAuthDataMax));
  TRY(signature, reader.string(tokens::kSignatureMax));
  TRY(certificate, reader.string(tokens::kCertificateMax));
  TRY(id, reader.string(tokens::kCredentialIdMax));
  input.attestation.auth_data = base::to_bytes(auth_data);
  input.attestation.signature = base::to_bytes(signature);
  if (!certificate.empty()) {
    input.attestation.certificates.push_back(base::to_bytes(certificate));
  }
  input.key.credential_id = base::to_bytes(id);
  return input;
}

}  // namespace

// What is judged good says of the key what is asked, and stays so for no other.
void fuzz(base::ByteView bytes) {
  auto input = read(bytes);
  if (!input.has_value()) {
    return;
  }
  if (const auto issuer = tokens::issuer_of(input->attestation)) {
    FUZZ_CHECK(!input->attestation.certificates.empty());
  }
  FUZZ_CHECK(!tokens::check_chain(input->attestation, {}).has_value());
  const base::Bytes challenge = base::to_bytes("challenge");
  if (!tokens::check_statement(input->attestation, challenge, input->key).has_value()) {
    return;
  }
  FUZZ_CHECK(tokens::credential_id_of(input->attestation) == input->key.credential_id);
  FUZZ_CHECK(tokens::aaguid_of(input->attestation).size() == 16);
  input->key.application += "x";
  FUZZ_CHECK(!tokens::check_statement(input->attestation, challenge, input->key).has_value());
}
