// SPDX-License-Identifier: Apache-2.0
// A security key provider for the stock ssh-agent (OpenSSH's sk-api, version 0x000a0000) over the
// same SoftwareToken that our own agent's driver uses in the benchmark, so that both sides have
// equal work. When the file $TOUCHSTONE_BENCH_HOLD names can be opened, a signature waits until
// the pipe's writer closes it: a touch that does not come.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/software_token.h"

namespace {

using touchstone::bench::SoftwareToken;

constexpr std::uint32_t kApiVersion = 0x000a0000;
constexpr std::uint32_t kAlgorithmEd25519 = 0x01;
constexpr int kErrorGeneral = -1;
constexpr int kErrorUnsupported = -2;

std::uint8_t* copy_for_caller(touchstone::base::ByteView bytes) {
  auto* copy = static_cast<std::uint8_t*>(std::malloc(bytes.size()));
  if (copy != nullptr) {
    std::memcpy(copy, bytes.data(), bytes.size());
  }
  return copy;
}

void wait_while_held() {
  const char* path = std::getenv("TOUCHSTONE_BENCH_HOLD");
  const int fd = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  char byte = 0;
  while (read(fd, &byte, 1) > 0) {
  }
  close(fd);
}

}  // namespace

extern "C" {

// The structures are OpenSSH's interface and keep its names.
struct sk_option;

struct sk_enroll_response {
  std::uint8_t flags;
  std::uint8_t* public_key;
  std::size_t public_key_len;
  std::uint8_t* key_handle;
  std::size_t key_handle_len;
  std::uint8_t* signature;
  std::size_t signature_len;
  std::uint8_t* attestation_cert;
  std::size_t attestation_cert_len;
  std::uint8_t* authdata;
  std::size_t authdata_len;
};

struct sk_sign_response {
  std::uint8_t flags;
  std::uint32_t counter;
  std::uint8_t* sig_r;
  std::size_t sig_r_len;
  std::uint8_t* sig_s;
  std::size_t sig_s_len;
};

struct sk_resident_key;

std::uint32_t sk_api_version() { return kApiVersion; }

int sk_enroll(std::uint32_t algorithm, const std::uint8_t*, std::size_t, const char*,
              std::uint8_t flags, const char*, sk_option**, sk_enroll_response** out) {
  if (algorithm != kAlgorithmEd25519) {
    return kErrorUnsupported;
  }
  auto* response = static_cast<sk_enroll_response*>(std::calloc(1, sizeof(sk_enroll_response)));
  if (response == nullptr) {
    return kErrorGeneral;
  }
  const SoftwareToken::Handle handle = SoftwareToken::new_handle();
  const touchstone::base::PublicKey key = SoftwareToken::public_key(handle);
  response->flags = flags;
  response->public_key = copy_for_caller(key.material);
  response->public_key_len = key.material.size();
  response->key_handle = copy_for_caller(handle);
  response->key_handle_len = handle.size();
  *out = response;
  return 0;
}

int sk_sign(std::uint32_t algorithm, const std::uint8_t* data, std::size_t data_size,
            const char* application, const std::uint8_t* key_handle, std::size_t key_handle_size,
            std::uint8_t, const char*, sk_option**, sk_sign_response** out) {
  SoftwareToken::Handle handle{};
  if (algorithm != kAlgorithmEd25519 || key_handle_size != handle.size()) {
    return kErrorUnsupported;
  }
  wait_while_held();
  std::memcpy(handle.data(), key_handle, handle.size());
  const touchstone::base::TokenSignature signature =
      SoftwareToken::sign(handle, application, {data, data_size}, 1);
  auto* response = static_cast<sk_sign_response*>(std::calloc(1, sizeof(sk_sign_response)));
  if (response == nullptr) {
    return kErrorGeneral;
  }
  response->flags = signature.flags;
  response->counter = signature.counter;
  response->sig_r = copy_for_caller(signature.signature);
  response->sig_r_len = signature.signature.size();
  *out = response;
  return 0;
}

int sk_load_resident_keys(const char*, sk_option**, sk_resident_key***, std::size_t*) {
  return kErrorUnsupported;
}

}  // extern "C"
