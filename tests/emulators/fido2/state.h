// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/digest.h"
#include "tests/emulators/fido2/crypto.h"
#include "tests/emulators/fido2/limits.h"

namespace touchstone::emulators::fido2 {

enum class CredProtect : std::uint8_t {
  kOptional = 1,            // userVerificationOptional
  kOptionalWithIdList = 2,  // userVerificationOptionalWithCredentialIDList
  kRequired = 3,            // userVerificationRequired
};

struct User {
  base::Bytes id;
  std::string name;
  std::string display_name;
};

// Credential is one key pair. All are kept in the state, also those which a real token would seal
// into the credential id: a reset forgets both kinds alike.
struct Credential {
  base::Bytes id;
  Algorithm algorithm = Algorithm::kEs256;
  base::Bytes private_key;  // DER
  std::string rp_id;        // empty when made by U2F, which sends only its hash
  std::string rp_name;
  base::Sha256 rp_id_hash{};
  User user;
  bool resident = false;
  CredProtect protect = CredProtect::kOptional;
  base::Bytes hmac_secret_with_uv;  // both empty unless hmac-secret was asked for
  base::Bytes hmac_secret_without_uv;
  std::uint32_t counter = 0;
};

// State is what a token remembers without power.
struct State {
  std::list<Credential> credentials;  // oldest first; addresses stay good
  std::uint32_t counter = 0;
  std::optional<base::Bytes> pin_hash;  // LEFT(SHA-256(PIN), 16)
  std::uint8_t pin_tries = kPinTriesMax;
  base::Bytes attestation_key;          // DER; made at first start, survives a reset
  base::Bytes attestation_certificate;  // DER
  std::uint64_t signatures = 0;         // assertions given out since the state was made
  std::uint64_t silent_signatures = 0;  // of these, without user presence
};

base::Bytes encode_state(const State& state);
base::Result<State> decode_state(base::ByteView bytes);

// Store keeps the state in a file, replaced as a whole on every save, or only in memory when the
// path is empty. `mutex` guards `state`: the authenticator holds it while it works and lets go
// of it while it waits for a touch, so that a control socket can look in at any time.
class Store final {
 public:
  static base::Result<std::unique_ptr<Store>> open(std::filesystem::path path);

  base::Status save() const;

  std::mutex mutex;
  State state;

 private:
  explicit Store(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace touchstone::emulators::fido2
