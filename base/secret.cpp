// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <algorithm>
#include <utility>

#include <openssl/crypto.h>

namespace touchstone::base {
namespace {

constexpr std::size_t kSmallestBlockBytes = 32;

}  // namespace

Status init_secure_heap() {
  if (CRYPTO_secure_malloc_initialized() == 1) {
    return {};
  }
  // 1 is "locked"; 2 is "set up, but not locked", which we do not accept.
  if (CRYPTO_secure_malloc_init(kSecureHeapBytes, kSmallestBlockBytes) != 1) {
    if (CRYPTO_secure_malloc_initialized() == 1) {
      CRYPTO_secure_malloc_done();
    }
    return fail(Code::kNoSecureMemory, "locking " + std::to_string(kSecureHeapBytes) + " bytes");
  }
  return {};
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

Secret::~Secret() { clear(); }

void Secret::clear() noexcept {
  if (data_ != nullptr) {
    OPENSSL_secure_clear_free(data_, capacity_);
  }
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

Result<Secret> Secret::make(std::size_t size) {
  if (size > kSecretMax) {
    return fail(Code::kTooLong, "secret of " + std::to_string(size) + " bytes");
  }
  // Without the secure heap OPENSSL_secure_zalloc would quietly use the ordinary one.
  if (CRYPTO_secure_malloc_initialized() != 1) {
    return fail(Code::kNoSecureMemory, "the secure heap is not set up");
  }
  Secret secret;
  secret.capacity_ = std::max<std::size_t>(size, 1);
  secret.data_ = static_cast<std::uint8_t*>(OPENSSL_secure_zalloc(secret.capacity_));
  if (secret.data_ == nullptr) {
    return fail(Code::kNoSecureMemory, "the secure heap is used up");
  }
  secret.size_ = size;
  return secret;
}

Result<Secret> Secret::copy_of(ByteView bytes) {
  TRY(secret, make(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), secret.data_);
  return secret;
}

void Secret::shrink(std::size_t size) {
  if (size < size_) {
    wipe(data().subspan(size));
    size_ = size;
  }
}

void wipe(std::span<std::uint8_t> bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

}  // namespace touchstone::base
