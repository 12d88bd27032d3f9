// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace touchstone::ssh {

enum class SshSigHash { kSha256, kSha512 };
std::string_view name_of(SshSigHash hash);

// SshSigData is what gets signed: "SSHSIG" namespace reserved hash-name H(message)
// (PROTOCOL.sshsig, "Signed Data"). An agent asked to sign one sees only this.
struct SshSigData {
  std::string name_space;
  SshSigHash hash{SshSigHash::kSha512};
  base::Bytes digest;

  // parse refuses an empty namespace, a non-empty reserved field, a digest of the wrong size and
  // trailing bytes.
  static base::Result<SshSigData> parse(base::ByteView bytes);
  static SshSigData of_message(std::string_view name_space, SshSigHash hash,
                               base::ByteView message);
  base::Bytes encode() const;
  bool operator==(const SshSigData&) const = default;
};

// SshSig is a detached signature (PROTOCOL.sshsig, "Blob format").
struct SshSig {
  PublicKey key;
  std::string name_space;
  SshSigHash hash{SshSigHash::kSha512};
  Signature signature;

  // parse is strict: version 1, non-empty namespace, empty reserved field (Malleability: it is
  // not covered by the signature), known hash, nothing trailing. key may be a certificate. With a
  // cache the key is prepared once for all signatures by it.
  static base::Result<SshSig> parse(base::ByteView blob, PublicKeyCache* cache = nullptr);
  base::Bytes encode() const;

  // parse_armored takes exactly one armored block, lines of base64 of at most 76 columns, LF line
  // ends, at most one final newline; nothing before, nothing after.
  static base::Result<SshSig> parse_armored(std::string_view text, PublicKeyCache* cache = nullptr);
  // armored wraps at 70 columns, as ssh-keygen does.
  std::string armored() const;
};

std::string armor(base::ByteView sshsig_blob);
// is_canonical_armor says whether armored text that parse_armored takes is also what armored()
// gives: of one signature there are many texts, which differ in where their lines end.
bool is_canonical_armor(std::string_view parsed_text);

// signed_data gives what a signature over message in name_space is made over. Fails with
// kBadSignature when this one is for another namespace.
base::Result<base::Bytes> signed_data(const SshSig& sig, std::string_view name_space,
                                      base::ByteView message);

// verify_message checks the signature over message in name_space. Fails with kBadSignature when
// it does not verify or is for another namespace. User presence is the caller's to judge:
// sig.signature.sk().
base::Status verify_message(const SshSig& sig, std::string_view name_space, base::ByteView message);

}  // namespace touchstone::ssh
