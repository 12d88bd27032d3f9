// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "git-integration/git_object.h"
#include "git-integration/presence.h"
#include "git-integration/server/ref_updates.h"

namespace touchstone::git::server {

// NonceStatus is what git-receive-pack says of a certificate's nonce (GIT_PUSH_CERT_NONCE_STATUS).
enum class NonceStatus : std::uint8_t { kOk, kSlop, kBad, kMissing, kUnsolicited };
// nonce_status_named takes git's word; a word that is not known is kBad.
NonceStatus nonce_status_named(std::string_view word);

// PushFacts is what the server itself knows of the push at hand.
struct PushFacts {
  HashAlgorithm algorithm{HashAlgorithm::kSha1};
  std::vector<PushUpdate> updates;   // as the hook was given them
  std::vector<std::string> options;  // push options as they were sent
  std::string nonce;                 // that the server gave out for this push
  NonceStatus nonce_status{NonceStatus::kMissing};
  std::int64_t nonce_slop_seconds{0};  // for kSlop: how old the nonce is
  std::uint64_t now_seconds{0};        // Unix time by the server's clock
};

// CertificateRules is what the server was told about certificates.
struct CertificateRules {
  std::string pushees;                  // pattern list of its own addresses; empty: any
  std::uint64_t nonce_slop_seconds{0};  // how old a nonce may be, beyond receive.certNonceSlop
};

// Pusher is who signed a certificate.
struct Pusher {
  std::string fingerprint;
  std::string principal;
  bool operator==(const Pusher&) const = default;
};

// verify_push_certificate says who signed this very push, with a touch. It judges the certificate
// itself and never looks at git's GIT_PUSH_CERT_STATUS, which is "G" for a key that nobody allowed
// (gitformat-signature(5) says what is signed, git-receive-pack(1) what git tells hooks).
//
// Fails with kPushCertificate and what is wrong: not canonical, not signed with a touch by an
// allowed key at the server's own time, "pusher" is not that key, updates, options, pushee or
// nonce are not those of this push. Pure; thread-safe.
base::Result<Pusher> verify_push_certificate(base::ByteView certificate, const PushFacts& facts,
                                             const CertificateRules& rules, const Trust& trust);

}  // namespace touchstone::git::server
