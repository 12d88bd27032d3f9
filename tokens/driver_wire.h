// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "tokens/token.h"

// The fields that driver messages are made of. Only driver_protocol.cpp uses them.
namespace touchstone::tokens::wire {

// SecretWriter is base::Writer for messages that may hold a PIN: it writes straight into locked
// memory, so that no copy is left behind by a growing vector. It refuses to grow past
// kToDriverMessageMax; take() then says kTooLong.
class SecretWriter {
 public:
  static base::Result<SecretWriter> make();

  SecretWriter& u8(std::uint8_t value);
  SecretWriter& u32(std::uint32_t value);
  SecretWriter& u64(std::uint64_t value);
  SecretWriter& boolean(bool value) { return u8(value ? 1 : 0); }
  SecretWriter& string(base::ByteView bytes);
  SecretWriter& string(std::string_view text) { return string(base::as_bytes(text)); }
  base::Result<base::Secret> take() &&;

 private:
  explicit SecretWriter(base::Secret buffer) : buffer_(std::move(buffer)) {}
  SecretWriter& raw(base::ByteView bytes);

  base::Secret buffer_;
  std::size_t used_ = 0;
  bool overflown_ = false;
};

base::Status check_bytes(base::ByteView bytes, std::size_t max);
base::Status check_text(std::string_view text, std::size_t max);
base::Status check_timeout(std::chrono::milliseconds timeout);

template <class Writer>
base::Status put_bytes(Writer& out, base::ByteView bytes, std::size_t max) {
  TRY_VOID(check_bytes(bytes, max));
  out.string(bytes);
  return {};
}

template <class Writer>
base::Status put_text(Writer& out, std::string_view text, std::size_t max) {
  TRY_VOID(check_text(text, max));
  out.string(text);
  return {};
}

template <class Writer>
base::Status put_count(Writer& out, std::size_t count, std::size_t max) {
  if (count > max) {
    return base::fail(base::Code::kTooLong, "list of " + std::to_string(count));
  }
  out.u32(static_cast<std::uint32_t>(count));
  return {};
}

template <class Writer>
base::Status put_key(Writer& out, const KeyReference& key) {
  out.u8(static_cast<std::uint8_t>(key.public_key.algorithm));
  TRY_VOID(put_bytes(out, key.public_key.material, kKeyMaterialMax));
  TRY_VOID(put_bytes(out, key.credential_id, kCredentialIdMax));
  TRY_VOID(put_text(out, key.application, kApplicationMax));
  out.boolean(key.marker.has_value());
  if (key.marker.has_value()) {
    out.u8(static_cast<std::uint8_t>(key.marker->public_key.algorithm));
    TRY_VOID(put_bytes(out, key.marker->public_key.material, kKeyMaterialMax));
    TRY_VOID(put_bytes(out, key.marker->credential_id, kCredentialIdMax));
  }
  return {};
}

template <class Writer>
base::Status put_algorithms(Writer& out, const std::vector<base::KeyAlgorithm>& algorithms) {
  TRY_VOID(put_count(out, algorithms.size(), kAlgorithmsMax));
  for (const base::KeyAlgorithm algorithm : algorithms) {
    out.u8(static_cast<std::uint8_t>(algorithm));
  }
  return {};
}

base::Status put_pin(SecretWriter& out, const base::Secret& pin);
base::Status put_optional_pin(SecretWriter& out, const base::Secret* pin);
base::Status put_timeout(SecretWriter& out, std::chrono::milliseconds timeout);
base::Status put_info(base::Writer& out, const TokenInfo& info);
base::Status put_attestation(base::Writer& out, const Attestation& attestation);
base::Status put_silent(base::Writer& out, const SilentSignature& silent);
base::Status put_resident(base::Writer& out, const ResidentCredential& resident);

base::Result<std::string> take_text(base::Reader& in, std::size_t max, std::size_t min = 0);
base::Result<std::size_t> take_count(base::Reader& in, std::size_t max);
base::Result<base::KeyAlgorithm> take_algorithm(base::Reader& in);
base::Result<std::vector<base::KeyAlgorithm>> take_algorithms(base::Reader& in);
base::Result<KeyReference> take_key(base::Reader& in);
base::Result<base::Secret> take_pin(base::Reader& in);
base::Result<std::optional<base::Secret>> take_optional_pin(base::Reader& in);
base::Result<LastTry> take_last_try(base::Reader& in);
base::Result<CredProtect> take_cred_protect(base::Reader& in);
base::Result<std::chrono::milliseconds> take_timeout(base::Reader& in);
base::Result<TokenInfo> take_info(base::Reader& in);
base::Result<Attestation> take_attestation(base::Reader& in);
base::Result<SilentSignature> take_silent(base::Reader& in);
base::Result<ResidentCredential> take_resident(base::Reader& in);

}  // namespace touchstone::tokens::wire
