// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/secret.h"
#include "ssh/public_key.h"

namespace touchstone::ssh {

// Flags of an sk private key (OpenSSH sk-api.h).
constexpr std::uint8_t kSkFlagUserPresence = 0x01;
constexpr std::uint8_t kSkFlagUserVerification = 0x04;
constexpr std::uint8_t kSkFlagForce = 0x10;
constexpr std::uint8_t kSkFlagResident = 0x20;

// SkPrivateKey is the content of an id_*_sk file: no secret in the strict sense, but the handle
// without which the token cannot sign.
struct SkPrivateKey {
  PublicKey key;
  std::uint8_t flags{kSkFlagUserPresence};
  base::Bytes key_handle;  // the credential id
  std::string comment;
};

// parse_private_key_file reads the openssh-key-v1 container (PROTOCOL.key): one key, an sk key;
// cipher none, or aes256-ctr or aes256-cbc/aes256-gcm@openssh.com with kdf bcrypt. `passphrase`
// is asked only when the file is encrypted; it fails with kWrongPassphrase when it does not open
// the file, kUnsupported for other keys and ciphers. The public key outside and inside the
// encrypted part must be the same.
base::Result<SkPrivateKey> parse_private_key_file(
    base::ByteView file, const std::function<base::Result<base::Secret>()>& passphrase);

// format_private_key_file writes what ssh-keygen would: unencrypted when passphrase is null,
// else aes256-ctr with bcrypt (24 rounds, ssh-keygen's default in OpenSSH 9.9).
base::Result<base::Bytes> format_private_key_file(const SkPrivateKey& key,
                                                  const base::Secret* passphrase);

// public_key_of_file gives the public key of a .pub file or of an openssh-key-v1 file of any
// type, encrypted or not (the public part is in clear). Of a .pub file the first line counts that
// is neither blank nor a comment.
base::Result<PublicKey> public_key_of_file(base::ByteView file);

}  // namespace touchstone::ssh
