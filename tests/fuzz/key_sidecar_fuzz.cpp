// SPDX-License-Identifier: Apache-2.0
#include "agent/key_file.h"
#include "base/key.h"
#include "tests/fuzz/fuzz.h"

// What is read is written the same again.
void fuzz(touchstone::base::ByteView bytes) {
  using namespace touchstone;
  const auto key = ssh::PublicKey::from_token(
      base::PublicKey{base::KeyAlgorithm::kEd25519, base::Bytes(32, 1)}, "ssh:");
  agent::StoredKey stored{
      "name", agent::Role::kLogin, ssh::SkPrivateKey{*key, 1, {}, ""}, "", "", "",
      "",     std::nullopt};
  agent::StoredKey again = stored;
  if (!agent::parse_key_sidecar(base::as_text(bytes), stored).has_value()) {
    return;
  }
  FUZZ_CHECK(agent::parse_key_sidecar(agent::format_key_sidecar(stored), again).has_value());
  FUZZ_CHECK(again.evidence == stored.evidence);
  FUZZ_CHECK(again.marker == stored.marker);
  FUZZ_CHECK(again.role == stored.role);
  FUZZ_CHECK(again.counters == stored.counters);
  FUZZ_CHECK(again.dedicated == stored.dedicated);
  FUZZ_CHECK(again.token == stored.token);
}
