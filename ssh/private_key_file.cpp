// SPDX-License-Identifier: Apache-2.0
#include "ssh/private_key_file.h"

#include <algorithm>
#include <utility>

#include <openssl/rand.h>

#include "ssh/armor.h"
#include "ssh/bcrypt_pbkdf.h"
#include "ssh/file_cipher.h"
#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

constexpr std::string_view kKeyFileLabel = "OPENSSH PRIVATE KEY";
constexpr std::string_view kKeyFileMagic{"openssh-key-v1\0", 15};
constexpr std::string_view kNoKdf = "none";
constexpr std::string_view kBcrypt = "bcrypt";
constexpr std::size_t kSaltBytes = 16;
constexpr unsigned kRounds = 24;
constexpr std::string_view kWriteCipher = "aes256-ctr";

// Container is what of the file is in clear (PROTOCOL.key section 1).
struct Container {
  std::string cipher_name;
  std::string kdf_name;
  base::Bytes kdf_options;
  base::Bytes public_blob;
  base::Bytes private_part;
  base::Bytes tag;
};

struct Kdf {
  base::Bytes salt;
  unsigned rounds{0};
};

// read_container takes any cipher and any key type: the public key can be had from all of them.
base::Result<Container> read_container(ByteView file) {
  if (file.size() > kPrivateKeyFileMax) {
    return base::fail(Code::kTooLong, "private key file");
  }
  TRY(bytes,
      unwrap_armor(kKeyFileLabel, base::as_text(file), kPrivateKeyFileMax, ArmorForm::kFile));
  base::Reader reader(bytes);
  TRY_VOID(reader.expect(base::as_bytes(kKeyFileMagic)));
  Container out;
  TRY_ASSIGN(out.cipher_name, reader.text(kExtensionNameMax));
  TRY_ASSIGN(out.kdf_name, reader.text(kExtensionNameMax));
  TRY(kdf_options, reader.string(kBcryptSaltMax + 8));
  TRY(keys, reader.u32());
  if (keys != 1) {
    return base::fail(Code::kUnsupported, std::to_string(keys) + " keys in one file");
  }
  TRY(public_blob, reader.string(kKeyBlobMax));
  TRY(private_part, reader.string(kPrivateKeyFileMax));
  out.kdf_options = base::to_bytes(kdf_options);
  out.public_blob = base::to_bytes(public_blob);
  out.private_part = base::to_bytes(private_part);
  out.tag = base::to_bytes(reader.rest());
  return out;
}

base::Result<FileCipher> read_cipher(const Container& container) {
  TRY(cipher, find_file_cipher(container.cipher_name));
  if (container.tag.size() < cipher.tag_bytes) {
    return base::fail(Code::kTruncated, "authentication tag");
  }
  if (container.tag.size() > cipher.tag_bytes) {
    return base::fail(Code::kTrailingBytes);
  }
  if (container.private_part.empty() || container.private_part.size() % cipher.block_bytes != 0) {
    return base::fail(Code::kMalformed, "private part is not a whole number of blocks");
  }
  if ((container.kdf_name == kNoKdf) != (cipher.mode == CipherMode::kNone)) {
    return base::fail(Code::kMalformed, "cipher and key derivation do not go together");
  }
  return cipher;
}

base::Result<Kdf> read_kdf(const Container& container) {
  base::Reader fields(container.kdf_options);
  Kdf kdf;
  if (container.kdf_name == kBcrypt) {
    TRY(salt, fields.string(kBcryptSaltMax, 1));
    TRY_ASSIGN(kdf.rounds, fields.u32());
    kdf.salt = base::to_bytes(salt);
    if (kdf.rounds == 0 || kdf.rounds > kBcryptRoundsMax) {
      return base::fail(Code::kUnsupported, std::to_string(kdf.rounds) + " bcrypt rounds");
    }
  } else if (container.kdf_name != kNoKdf) {
    return base::fail(Code::kUnsupported, "key derivation " + container.kdf_name);
  }
  TRY_VOID(fields.expect_end());
  return kdf;
}

// expect_public_fields passes over the public key as the private part has it: without its length.
base::Status expect_public_fields(base::Reader& reader, const PublicKey& key) {
  const auto status = reader.expect(key.blob());
  if (!status.has_value()) {
    return base::fail(Code::kMalformed, "public and private part are of different keys");
  }
  return {};
}

base::Status expect_padding(base::Reader& reader, std::size_t block_bytes) {
  if (reader.remaining() >= block_bytes) {
    return base::fail(Code::kTrailingBytes, "private part");
  }
  for (std::uint8_t expected = 1; !reader.at_end(); ++expected) {
    TRY(byte, reader.u8());
    if (byte != expected) {
      return base::fail(Code::kMalformed, "padding");
    }
  }
  return {};
}

base::Result<SkPrivateKey> read_private_part(ByteView part, const FileCipher& cipher,
                                             PublicKey key) {
  base::Reader reader(part);
  TRY(check1, reader.u32());
  TRY(check2, reader.u32());
  if (check1 != check2) {
    const bool encrypted = cipher.mode != CipherMode::kNone;
    return base::fail(encrypted ? Code::kWrongPassphrase : Code::kMalformed, "check numbers");
  }
  TRY_VOID(expect_public_fields(reader, key));
  TRY(flags, reader.u8());
  TRY(key_handle, reader.string(kKeyHandleMax, 1));
  TRY_VOID(reader.string(0));  // reserved
  TRY(comment, reader.text(kCommentMax));
  TRY_VOID(expect_padding(reader, cipher.block_bytes));
  return SkPrivateKey{std::move(key), flags, base::to_bytes(key_handle), std::move(comment)};
}

base::Result<SkPrivateKey> read_file(
    ByteView file, const std::function<base::Result<base::Secret>()>& passphrase) {
  TRY(container, read_container(file));
  TRY(cipher, read_cipher(container));
  TRY(kdf, read_kdf(container));
  TRY(key, PublicKey::parse(container.public_blob));
  if (!key.is_sk() || key.is_certificate()) {
    return base::fail(Code::kUnsupported, "a private key that is not a token's");
  }
  if (cipher.mode == CipherMode::kNone) {
    return read_private_part(container.private_part, cipher, std::move(key));
  }
  TRY(secret, passphrase());
  if (secret.empty()) {
    return base::fail(Code::kWrongPassphrase, "empty passphrase");
  }
  TRY(key_iv,
      bcrypt_pbkdf(secret.view(), kdf.salt, kdf.rounds, cipher.key_bytes + cipher.iv_bytes));
  TRY(part, decrypt_file_part(cipher, key_iv, container.private_part, container.tag));
  return read_private_part(part.view(), cipher, std::move(key));
}

base::Result<base::Bytes> random_bytes(std::size_t count) {
  base::Bytes bytes(count);
  if (RAND_bytes(bytes.data(), static_cast<int>(count)) != 1) {
    return base::fail(Code::kSystem, "no random numbers");
  }
  return bytes;
}

base::Result<base::Bytes> make_private_part(const SkPrivateKey& key, std::size_t block_bytes) {
  TRY(check, random_bytes(sizeof(std::uint32_t)));
  base::Writer out;
  out.raw(check).raw(check).raw(key.key.blob()).u8(key.flags).string(key.key_handle).string("");
  out.string(key.comment);
  for (std::uint8_t padding = 1; out.size() % block_bytes != 0; ++padding) {
    out.u8(padding);
  }
  return std::move(out).take();
}

}  // namespace

base::Result<SkPrivateKey> parse_private_key_file(
    ByteView file, const std::function<base::Result<base::Secret>()>& passphrase) {
  return read_file(file, passphrase).with_context("private key file");
}

base::Result<base::Bytes> format_private_key_file(const SkPrivateKey& key,
                                                  const base::Secret* passphrase) {
  if (!key.key.is_sk() || key.key.is_certificate() || key.key_handle.empty() ||
      key.key_handle.size() > kKeyHandleMax || key.comment.size() > kCommentMax) {
    return base::fail(Code::kMalformed, "not a private key that can be written");
  }
  TRY(cipher, find_file_cipher(passphrase == nullptr ? "none" : kWriteCipher));
  TRY(part, make_private_part(key, cipher.block_bytes));
  base::Writer out;
  out.raw(kKeyFileMagic).string(cipher.name);
  if (passphrase == nullptr) {
    out.string(kNoKdf).string("");
  } else {
    TRY(salt, random_bytes(kSaltBytes));
    TRY(key_iv,
        bcrypt_pbkdf(passphrase->view(), salt, kRounds, cipher.key_bytes + cipher.iv_bytes));
    TRY_ASSIGN(part, encrypt_file_part(cipher, key_iv, part));
    base::Writer options;
    options.string(salt).u32(kRounds);
    out.string(kBcrypt).string(options.bytes());
  }
  out.u32(1).string(key.key.blob()).string(part);
  return base::to_bytes(wrap_armor(kKeyFileLabel, out.bytes()));
}

base::Result<PublicKey> public_key_of_file(ByteView file) {
  std::string_view text = base::as_text(file);
  if (file.size() > kPrivateKeyFileMax) {
    return base::fail(Code::kTooLong, "key file");
  }
  if (text.starts_with("-----BEGIN " + std::string(kKeyFileLabel))) {
    TRY(container, read_container(file).with_context("private key file"));
    return PublicKey::parse(container.public_blob);
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t start = std::min(line.find_first_not_of(" \t\r"), line.size());
    if (start < line.size() && line[start] != '#') {
      return PublicKey::parse_line(line.substr(start));
    }
  }
  return base::fail(Code::kMalformed, "no key in this file");
}

}  // namespace touchstone::ssh
