// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "git-integration/git_object.h"
#include "git-integration/revoked_keys.h"
#include "git-integration/verified_signatures.h"
#include "ssh/allowed_signers.h"
#include "ssh/public_key.h"
#include "ssh/sshsig.h"

namespace touchstone::git {

// PresenceClass says what a signature proves about a person's presence. The words are the same in
// prompts, journal, verifier and documents; never print one as another.
enum class PresenceClass : std::uint8_t {
  kTouch,        // FIDO signature with the user presence flag, key enrolled
  kTouchPin,     // the same with the user verification flag
  kDeviceTouch,  // card key whose attestation says touch always
  kQuorum,       // k of n approvals bound to the digest
  kBatch,        // named in a touched manifest of N objects
  kNoTouch,      // a signature that proves no presence
  kUnsigned,
  kBad,
};

// Presence is a class with its numbers: k of n, or n of N; zero for the other classes.
struct Presence {
  PresenceClass presence{PresenceClass::kUnsigned};
  std::uint32_t part{0};
  std::uint32_t whole{0};
  bool operator==(const Presence&) const = default;
};

// to_word gives "touch", "touch+pin", "device-touch", "quorum 2/3", "batch 4/9", "no-touch",
// "unsigned" or "bad".
std::string to_word(const Presence& presence);
// is_touch says whether the class is `touch` or better. A batch is not: one touch stands for
// many objects there.
bool is_touch(PresenceClass presence);

// Verdict is what can be said about one signature. reason is set unless is_touch().
struct Verdict {
  Presence presence;
  std::string signer;    // principal in the allowed signers; empty when the key is in none
  std::string key;       // fingerprint, "SHA256:…"; empty when no key could be read
  std::string key_type;  // as in the key blob; empty likewise
  std::optional<std::uint32_t> counter;  // FIDO signatures only
  std::optional<base::Error> reason;
  bool webauthn{false};  // made in a browser
  // The key itself, for who looks the signer up in another place; null when none could be read.
  std::shared_ptr<const ssh::PublicKey> public_key{};
  // Set where it verifies and is ECDSA by a FIDO token: a digest of what was signed, but for the
  // counter. Two signatures of a key that agree in this and in the counter come of one touch: of
  // any ECDSA signature (r, s) anybody can make (r, n - s), which verifies as well.
  std::optional<base::Sha256> signed_data{};
};

// own_counter gives the counter of an object's own signature, where that verifies: a manifest's
// stands in what it names, too.
std::optional<std::uint32_t> own_counter(const Verdict& verdict);

// TouchRules says of which signatures a touch is believed, beside what their flags say.
struct TouchRules {
  // Also of those a browser made (webauthn-sk-ecdsa-sha2-nistp256@openssh.com): what the person who
  // touched was shown there is a page's business.
  bool webauthn{false};
  // Fingerprints of the keys it is believed of, an attestation having shown that they are in a
  // token; nothing: of every key.
  std::optional<std::vector<std::string>> attested{};
};
// every_touch believes all of them: where something else decides.
TouchRules every_touch();
// check_touch_rules fails with kWebauthn and kNoEvidence.
base::Status check_touch_rules(const TouchRules& rules, std::string_view fingerprint,
                               bool webauthn);

// Trust is whose signatures count. All of it must outlive the calls it is given to.
struct Trust {
  // Null: anybody's. The class is then what the signature proves by itself, signer stays empty,
  // and whether the key counts is for the caller to say.
  const ssh::AllowedSigners* allowed{nullptr};
  const RevokedKeys* revoked{nullptr};  // may be null: nothing is revoked
  // Signatures that were found to verify before; null: each is verified now.
  VerifiedSignatures* verified{nullptr};
  TouchRules touch{};
};

// Claim is what a signed text says of itself, which is whatever its maker liked.
struct Claim {
  // NOLINTNEXTLINE(google-explicit-constructor): most have a time to give and nothing else
  Claim(std::uint64_t unix_seconds, std::string_view address = {})
      : seconds(unix_seconds), email(address) {}
  std::uint64_t seconds;   // Unix time
  std::string_view email;  // of committer or tagger; empty: none
};

// judge checks one armored signature over payload with namespace git at the time claimed. Where
// the key has several principals, signer is the email claimed when that is one of them.
//
//   bad       not a canonical SSHSIG, other namespace, not sha512, does not verify
//             (kMalformed, kBadSignature), key not allowed (kUntrustedSigner) or revoked
//             (kRevokedKey), no clear answer whether it is (kExternalProgram), certificate not
//             usable (kUntrustedSigner, kNoVerification)
//   no-touch  software key (kSoftwareKey) or flag not set (kNoPresence), FIDO application that is
//             not for signing (kWrongApplication), not believed by trust.touch (kWebauthn,
//             kNoEvidence), OpenPGP and X.509 signatures, which are not checked (kUnsupported; see
//             judge_card_signature in presence.cpp)
//
// The flags are taken by signature type, never by position. The cache belongs to the calling
// thread; without it the function is thread-safe.
Verdict judge(base::ByteView payload, std::string_view signature, const Trust& trust,
              const Claim& claim, ssh::PublicKeyCache* cache = nullptr);

// ObjectFacts is what a stored object says of itself beside its signature. Tree and parents are
// there even when the rest of a commit cannot be read.
struct ObjectFacts {
  std::string tree;                         // of a commit, hex
  std::vector<std::string> parents;         // of a commit, hex
  std::optional<std::string> email;         // committer's or tagger's
  std::optional<std::string> author_email;  // of a commit
  std::uint64_t seconds{0};                 // Unix time, as claimed
  std::string name;                         // of a tag, as it stands in it
  std::string target;                       // of a tag, hex
};

// judge_object takes a stored commit or tag, or a push certificate with its signature: splits it,
// demands canonical form, parses it and judges its signature at the time the object claims. Fills
// `facts`, when given, as far as the object can be read.
Verdict judge_object(ObjectKind kind, HashAlgorithm algorithm, base::ByteView raw,
                     const Trust& trust, ssh::PublicKeyCache* cache = nullptr,
                     ObjectFacts* facts = nullptr);

// CounterClaim is what a signature says of its counter, whether it verifies or not.
struct CounterClaim {
  std::string key;  // fingerprint
  std::uint32_t counter{0};
  std::optional<base::Sha256> signed_data{};  // as Verdict's
};
// claimed_counter reads that of a stored commit's own signature, and its parents; nothing where
// there is no signature of a token, or none in canonical form.
std::optional<CounterClaim> claimed_counter(HashAlgorithm algorithm, base::ByteView raw,
                                            std::vector<std::string>& parents,
                                            ssh::PublicKeyCache* cache);

// What judge is made of, for those who ask only a part of it.

// read_signature takes an armored SSHSIG and holds it to its canonical form: a signed object has
// one name. For namespace git the hash has to be sha512.
base::Result<ssh::SshSig> read_signature(std::string_view armored, std::string_view name_space,
                                         ssh::PublicKeyCache* cache = nullptr);
// check_presence fails with kSoftwareKey, and with kNoPresence for signatures without the user
// presence flag, with kWrongApplication when the FIDO application is not for signing.
base::Status check_presence(const ssh::SshSig& sig);
// check_certificate fails with kNoVerification when the key is a certificate with the critical
// option verify-required and the signature lacks the flag.
base::Status check_certificate(const ssh::SshSig& sig);

// is_signing_application says whether a touch for this FIDO application (relying party id) counts
// for a git signature: "ssh:" and "ssh:…", but none of the roles Touchstone keeps for other uses
// ("ssh:touchstone-approve" and the like).
bool is_signing_application(std::string_view application);

}  // namespace touchstone::git
