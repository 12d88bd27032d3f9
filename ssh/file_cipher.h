// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace touchstone::ssh {

enum class CipherMode { kNone, kCtr, kCbc, kGcm };

// FileCipher is a cipher that the private part of a key file may be under (PROTOCOL.key).
struct FileCipher {
  std::string_view name;
  CipherMode mode;
  std::size_t block_bytes;
  std::size_t key_bytes;
  std::size_t iv_bytes;
  std::size_t tag_bytes;  // follow the encrypted part
};

// find_file_cipher fails with kUnsupported for names it does not know.
base::Result<FileCipher> find_file_cipher(std::string_view name);

// decrypt_file_part and encrypt_file_part take key and IV as one run of bytes, as bcrypt_pbkdf
// gives them; the part is a whole number of blocks. With the mode kNone they copy. Decryption
// fails with kWrongPassphrase when the tag does not fit. Nothing is written with kGcm:
// kUnsupported.
base::Result<base::Secret> decrypt_file_part(const FileCipher& cipher, const base::Secret& key_iv,
                                             base::ByteView part, base::ByteView tag);
base::Result<base::Bytes> encrypt_file_part(const FileCipher& cipher, const base::Secret& key_iv,
                                            base::ByteView part);

}  // namespace touchstone::ssh
