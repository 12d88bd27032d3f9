// SPDX-License-Identifier: Apache-2.0
#include "ssh/file_cipher.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <openssl/err.h>
#include <openssl/evp.h>

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

constexpr std::array<FileCipher, 4> kCiphers{{
    {"none", CipherMode::kNone, 8, 0, 0, 0},
    {"aes256-ctr", CipherMode::kCtr, 16, 32, 16, 0},
    {"aes256-cbc", CipherMode::kCbc, 16, 32, 16, 0},
    {"aes256-gcm@openssh.com", CipherMode::kGcm, 16, 32, 12, 16},
}};

struct ContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextFree>;

const EVP_CIPHER* evp_cipher(CipherMode mode) {
  switch (mode) {
    case CipherMode::kCtr:
      return EVP_aes_256_ctr();
    case CipherMode::kCbc:
      return EVP_aes_256_cbc();
    case CipherMode::kGcm:
      return EVP_aes_256_gcm();
    case CipherMode::kNone:
      break;
  }
  return nullptr;
}

base::Result<Context> start(const FileCipher& cipher, const base::Secret& key_iv, bool encrypt) {
  if (key_iv.size() != cipher.key_bytes + cipher.iv_bytes) {
    return base::fail(Code::kMalformed, "size of the cipher's key");
  }
  const ByteView key = key_iv.view().first(cipher.key_bytes);
  const ByteView iv = key_iv.view().subspan(cipher.key_bytes);
  Context context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex2(context.get(), evp_cipher(cipher.mode), key.data(), iv.data(),
                                     encrypt ? 1 : 0, nullptr) != 1) {
    ERR_clear_error();
    return base::fail(Code::kSystem, "OpenSSL cannot use " + std::string(cipher.name));
  }
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  return context;
}

// run feeds a whole part; out has its size.
bool run(EVP_CIPHER_CTX* context, ByteView part, std::span<std::uint8_t> out) {
  int written = 0;
  int final_written = 0;
  std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> rest{};
  const bool ok = EVP_CipherUpdate(context, out.data(), &written, part.data(),
                                   static_cast<int>(part.size())) == 1 &&
                  EVP_CipherFinal_ex(context, rest.data(), &final_written) == 1;
  ERR_clear_error();
  return ok && final_written == 0 && written == static_cast<int>(out.size());
}

}  // namespace

base::Result<FileCipher> find_file_cipher(std::string_view name) {
  for (const FileCipher& cipher : kCiphers) {
    if (cipher.name == name) {
      return cipher;
    }
  }
  return base::fail(Code::kUnsupported, "cipher " + std::string(name));
}

base::Result<base::Secret> decrypt_file_part(const FileCipher& cipher, const base::Secret& key_iv,
                                             ByteView part, ByteView tag) {
  if (cipher.mode == CipherMode::kNone) {
    return base::Secret::copy_of(part);
  }
  TRY(context, start(cipher, key_iv, false));
  if (cipher.tag_bytes != 0) {
    base::Bytes copy = base::to_bytes(tag);  // the interface takes it as not const
    if (copy.size() != cipher.tag_bytes ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(copy.size()),
                            copy.data()) != 1) {
      ERR_clear_error();
      return base::fail(Code::kMalformed, "authentication tag");
    }
  }
  TRY(out, base::Secret::make(part.size()));
  if (!run(context.get(), part, out.data())) {
    return base::fail(Code::kWrongPassphrase);
  }
  return out;
}

base::Result<base::Bytes> encrypt_file_part(const FileCipher& cipher, const base::Secret& key_iv,
                                            ByteView part) {
  if (cipher.mode == CipherMode::kNone) {
    return base::to_bytes(part);
  }
  if (cipher.tag_bytes != 0) {
    return base::fail(Code::kUnsupported, "writing with " + std::string(cipher.name));
  }
  TRY(context, start(cipher, key_iv, true));
  base::Bytes out(part.size());
  if (!run(context.get(), part, out)) {
    return base::fail(Code::kSystem, "encryption failed");
  }
  return out;
}

}  // namespace touchstone::ssh
