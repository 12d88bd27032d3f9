// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/libfido2_device.h"

#include <algorithm>
#include <array>
#include <charconv>

// libfido2's header names a type which OpenSSL hides from who wants nothing deprecated.
using EC_KEY = struct ec_key_st;
#include <fido/eddsa.h>
#include <fido/es256.h>

namespace touchstone::emulators::fido2 {
namespace {

constexpr std::array<unsigned char, 32> kClientDataHash = {0x42, 0x17};
constexpr std::array<unsigned char, 16> kUserId = {0x01, 0x02, 0x03};

// The "path" of a token in memory is its address in this process.
void* io_open(const char* path) {
  const std::string_view text(path);
  std::uintptr_t address = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), address);
  return reinterpret_cast<void*>(address);
}

void io_close(void* /*handle*/) {}

int io_write(void* handle, const unsigned char* buffer, std::size_t size) {
  auto& token = *static_cast<MemoryToken*>(handle);
  Report report{};
  const std::span<const unsigned char> bytes(buffer, size);
  if (size != report.size() + 1 || token.hid.unplugged()) {
    return -1;
  }
  std::copy(bytes.begin() + 1, bytes.end(), report.begin());
  token.hid.on_report(report);
  return static_cast<int>(size);
}

int io_read(void* handle, unsigned char* buffer, std::size_t size, int /*ms*/) {
  auto& token = *static_cast<MemoryToken*>(handle);
  const std::optional<Report> report = token.link.receive();
  if (!report.has_value() || size != report->size()) {
    return -1;
  }
  std::copy(report->begin(), report->end(), std::span(buffer, size).begin());
  return static_cast<int>(size);
}

}  // namespace

Device open_device(MemoryToken& token, int* error) {
  fido_init(0);
  Device device(fido_dev_new());
  const fido_dev_io_t io = {io_open, io_close, io_read, io_write};
  int result = fido_dev_set_io_functions(device.get(), &io);
  const std::string path = std::to_string(reinterpret_cast<std::uintptr_t>(&token));
  if (result == FIDO_OK) {
    result = fido_dev_open(device.get(), path.c_str());
  }
  if (error != nullptr) {
    *error = result;
  }
  return result == FIDO_OK ? std::move(device) : nullptr;
}

Cred new_credential(int algorithm) {
  Cred cred(fido_cred_new());
  fido_cred_set_type(cred.get(), algorithm);
  fido_cred_set_clientdata_hash(cred.get(), kClientDataHash.data(), kClientDataHash.size());
  fido_cred_set_rp(cred.get(), kRpId, "test");
  fido_cred_set_user(cred.get(), kUserId.data(), kUserId.size(), "alice", "Alice Example", nullptr);
  return cred;
}

int make(fido_dev_t* device, fido_cred_t* cred, const char* pin) {
  return fido_dev_make_cred(device, cred, pin);
}

int verify_attestation(const fido_cred_t* cred) { return fido_cred_verify(cred); }

Assert new_assertion(const fido_cred_t* cred) {
  Assert assertion(fido_assert_new());
  fido_assert_set_clientdata_hash(assertion.get(), kClientDataHash.data(), kClientDataHash.size());
  fido_assert_set_rp(assertion.get(), kRpId);
  if (cred != nullptr) {
    fido_assert_allow_cred(assertion.get(), fido_cred_id_ptr(cred), fido_cred_id_len(cred));
  }
  return assertion;
}

int get(fido_dev_t* device, fido_assert_t* assertion, const char* pin) {
  return fido_dev_get_assert(device, assertion, pin);
}

int verify_signature(fido_assert_t* assertion, const fido_cred_t* cred) {
  const unsigned char* key = fido_cred_pubkey_ptr(cred);
  const std::size_t size = fido_cred_pubkey_len(cred);
  if (fido_cred_type(cred) == COSE_ES256) {
    const std::unique_ptr<es256_pk_t, void (*)(es256_pk_t*)> public_key(
        es256_pk_new(), [](es256_pk_t* pk) { es256_pk_free(&pk); });
    es256_pk_from_ptr(public_key.get(), key, size);
    return fido_assert_verify(assertion, 0, COSE_ES256, public_key.get());
  }
  const std::unique_ptr<eddsa_pk_t, void (*)(eddsa_pk_t*)> public_key(
      eddsa_pk_new(), [](eddsa_pk_t* pk) { eddsa_pk_free(&pk); });
  eddsa_pk_from_ptr(public_key.get(), key, size);
  return fido_assert_verify(assertion, 0, COSE_EDDSA, public_key.get());
}

}  // namespace touchstone::emulators::fido2
