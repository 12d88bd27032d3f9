// SPDX-License-Identifier: Apache-2.0
#include "tokens/driver_wire.h"

#include <algorithm>
#include <array>
#include <utility>

namespace touchstone::tokens::wire {

using base::Code;
using base::Reader;
using base::Result;
using base::Status;

static_assert(kToDriverMessageMax <= base::kSecretMax);

Result<SecretWriter> SecretWriter::make() {
  TRY(buffer, base::Secret::make(kToDriverMessageMax));
  return SecretWriter(std::move(buffer));
}

SecretWriter& SecretWriter::raw(base::ByteView bytes) {
  if (overflown_ || bytes.size() > buffer_.size() - used_) {
    overflown_ = true;
    return *this;
  }
  std::copy(bytes.begin(), bytes.end(), buffer_.data().subspan(used_).begin());
  used_ += bytes.size();
  return *this;
}

SecretWriter& SecretWriter::u8(std::uint8_t value) { return raw(base::ByteView(&value, 1)); }

SecretWriter& SecretWriter::u32(std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes{};
  for (auto at = bytes.rbegin(); at != bytes.rend(); ++at, value >>= 8) {
    *at = static_cast<std::uint8_t>(value & 0xff);
  }
  return raw(bytes);
}

SecretWriter& SecretWriter::u64(std::uint64_t value) {
  u32(static_cast<std::uint32_t>(value >> 32));
  return u32(static_cast<std::uint32_t>(value & 0xffffffff));
}

SecretWriter& SecretWriter::string(base::ByteView bytes) {
  u32(static_cast<std::uint32_t>(bytes.size()));
  return raw(bytes);
}

Result<base::Secret> SecretWriter::take() && {
  if (overflown_) {
    return base::fail(Code::kTooLong, "message to the driver");
  }
  return base::Secret::copy_of(buffer_.view().first(used_));
}

Status check_bytes(base::ByteView bytes, std::size_t max) {
  if (bytes.size() > max) {
    return base::fail(Code::kTooLong,
                      std::to_string(bytes.size()) + " bytes, at most " + std::to_string(max));
  }
  return {};
}

Status check_text(std::string_view text, std::size_t max) {
  TRY_VOID(check_bytes(base::as_bytes(text), max));
  if (text.find('\0') != std::string_view::npos) {
    return base::fail(Code::kMalformed, "NUL in a text");
  }
  return {};
}

Status check_timeout(std::chrono::milliseconds timeout) {
  if (timeout < std::chrono::milliseconds{1} || timeout > kTouchTimeoutMax) {
    return base::fail(Code::kMalformed, "touch timeout", timeout.count());
  }
  return {};
}

Status put_pin(SecretWriter& out, const base::Secret& pin) {
  if (pin.size() > kPinBytesMax) {
    return base::fail(Code::kPinPolicy, "longer than " + std::to_string(kPinBytesMax) + " bytes");
  }
  out.string(pin.view());
  return {};
}

Status put_optional_pin(SecretWriter& out, const base::Secret* pin) {
  out.boolean(pin != nullptr);
  return pin != nullptr ? put_pin(out, *pin) : Status{};
}

Status put_timeout(SecretWriter& out, std::chrono::milliseconds timeout) {
  TRY_VOID(check_timeout(timeout));
  out.u32(static_cast<std::uint32_t>(timeout.count()));
  return {};
}

Status put_info(base::Writer& out, const TokenInfo& info) {
  TRY_VOID(put_text(out, info.id, kTokenIdMax));
  TRY_VOID(put_text(out, info.driver, kTokenTextMax));
  TRY_VOID(put_text(out, info.manufacturer, kTokenTextMax));
  TRY_VOID(put_text(out, info.product, kTokenTextMax));
  TRY_VOID(put_text(out, info.device, kTokenTextMax));
  out.u16(info.vendor_id).u16(info.product_id).raw(info.aaguid);
  TRY_VOID(put_count(out, info.versions.size(), kVersionsMax));
  for (const std::string& version : info.versions) {
    TRY_VOID(put_text(out, version, kTokenTextMax));
  }
  TRY_VOID(put_algorithms(out, info.algorithms));
  out.boolean(info.pin_supported).boolean(info.pin_set);
  out.u32(static_cast<std::uint32_t>(info.pin_retries));
  out.boolean(info.uv_supported).boolean(info.resident_supported);
  out.boolean(info.cred_protect_supported).boolean(info.credential_management_supported);
  out.u32(info.pin_length_min).boolean(info.busy);
  return {};
}

Status put_attestation(base::Writer& out, const Attestation& attestation) {
  TRY_VOID(put_text(out, attestation.format, kAttestationFormatMax));
  TRY_VOID(put_bytes(out, attestation.auth_data, kAuthDataMax));
  TRY_VOID(put_bytes(out, attestation.signature, kSignatureMax));
  TRY_VOID(put_count(out, attestation.certificates.size(), kCertificatesMax));
  for (const base::Bytes& certificate : attestation.certificates) {
    TRY_VOID(put_bytes(out, certificate, kCertificateMax));
  }
  return {};
}

Status put_resident(base::Writer& out, const ResidentCredential& resident) {
  TRY_VOID(put_key(out, resident.key));
  TRY_VOID(put_text(out, resident.user_name, kUserNameMax));
  TRY_VOID(put_bytes(out, resident.user_id, kUserIdMax));
  out.u8(static_cast<std::uint8_t>(resident.cred_protect));
  return {};
}

Result<std::string> take_text(Reader& in, std::size_t max, std::size_t min) {
  TRY(text, in.text(max, min));
  TRY_VOID(check_text(text, max));
  return text;
}

Result<std::size_t> take_count(Reader& in, std::size_t max) {
  TRY(count, in.u32());
  if (count > max) {
    return base::fail(Code::kTooLong, "list of " + std::to_string(count));
  }
  return std::size_t{count};
}

Result<base::KeyAlgorithm> take_algorithm(Reader& in) {
  TRY(number, in.u8());
  if (number < static_cast<std::uint8_t>(base::KeyAlgorithm::kEd25519) ||
      number > static_cast<std::uint8_t>(base::KeyAlgorithm::kRsa)) {
    return base::fail(Code::kMalformed, "key algorithm " + std::to_string(number), number);
  }
  return static_cast<base::KeyAlgorithm>(number);
}

Result<std::vector<base::KeyAlgorithm>> take_algorithms(Reader& in) {
  std::vector<base::KeyAlgorithm> algorithms;
  TRY(count, take_count(in, kAlgorithmsMax));
  for (std::size_t i = 0; i < count; ++i) {
    TRY(algorithm, take_algorithm(in));
    algorithms.push_back(algorithm);
  }
  return algorithms;
}

namespace {

// take_credential reads what a key and a marker have in common.
template <class T>
base::Status take_credential(Reader& in, T& credential) {
  TRY_ASSIGN(credential.public_key.algorithm, take_algorithm(in));
  TRY(material, in.string(kKeyMaterialMax));
  credential.public_key.material = base::to_bytes(material);
  TRY(id, in.string(kCredentialIdMax));
  credential.credential_id = base::to_bytes(id);
  return {};
}

}  // namespace

Result<KeyReference> take_key(Reader& in) {
  KeyReference key;
  TRY_VOID(take_credential(in, key));
  TRY_ASSIGN(key.application, take_text(in, kApplicationMax));
  TRY(marked, in.boolean());
  if (marked) {
    TRY_VOID(take_credential(in, key.marker.emplace()));
  }
  return key;
}

Result<base::Secret> take_pin(Reader& in) {
  TRY(pin, in.string(kPinBytesMax));
  return base::Secret::copy_of(pin);
}

Result<std::optional<base::Secret>> take_optional_pin(Reader& in) {
  TRY(present, in.boolean());
  std::optional<base::Secret> pin;
  if (present) {
    TRY(value, take_pin(in));
    pin = std::move(value);
  }
  return Result<std::optional<base::Secret>>(std::move(pin));
}

Result<LastTry> take_last_try(Reader& in) {
  TRY(allow, in.boolean());
  return allow ? LastTry::kAllow : LastTry::kRefuse;
}

Result<CredProtect> take_cred_protect(Reader& in) {
  TRY(level, in.u8());
  if (level > static_cast<std::uint8_t>(CredProtect::kUvRequired)) {
    return base::fail(Code::kMalformed, "credProtect " + std::to_string(level), level);
  }
  return static_cast<CredProtect>(level);
}

Result<std::chrono::milliseconds> take_timeout(Reader& in) {
  TRY(count, in.u32());
  const std::chrono::milliseconds timeout{count};
  TRY_VOID(check_timeout(timeout));
  return timeout;
}

Result<TokenInfo> take_info(Reader& in) {
  TokenInfo info;
  TRY_ASSIGN(info.id, take_text(in, kTokenIdMax, 1));
  TRY_ASSIGN(info.driver, take_text(in, kTokenTextMax));
  TRY_ASSIGN(info.manufacturer, take_text(in, kTokenTextMax));
  TRY_ASSIGN(info.product, take_text(in, kTokenTextMax));
  TRY_ASSIGN(info.device, take_text(in, kTokenTextMax));
  TRY_ASSIGN(info.vendor_id, in.u16());
  TRY_ASSIGN(info.product_id, in.u16());
  TRY(aaguid, in.take(info.aaguid.size()));
  std::copy(aaguid.begin(), aaguid.end(), info.aaguid.begin());
  TRY(versions, take_count(in, kVersionsMax));
  for (std::size_t i = 0; i < versions; ++i) {
    TRY(version, take_text(in, kTokenTextMax));
    info.versions.push_back(std::move(version));
  }
  TRY_ASSIGN(info.algorithms, take_algorithms(in));
  TRY_ASSIGN(info.pin_supported, in.boolean());
  TRY_ASSIGN(info.pin_set, in.boolean());
  TRY(retries, in.u32());
  info.pin_retries = static_cast<std::int32_t>(retries);
  TRY_ASSIGN(info.uv_supported, in.boolean());
  TRY_ASSIGN(info.resident_supported, in.boolean());
  TRY_ASSIGN(info.cred_protect_supported, in.boolean());
  TRY_ASSIGN(info.credential_management_supported, in.boolean());
  TRY_ASSIGN(info.pin_length_min, in.u32());
  TRY_ASSIGN(info.busy, in.boolean());
  return info;
}

Result<Attestation> take_attestation(Reader& in) {
  Attestation attestation;
  TRY_ASSIGN(attestation.format, take_text(in, kAttestationFormatMax));
  TRY(auth_data, in.string(kAuthDataMax));
  attestation.auth_data = base::to_bytes(auth_data);
  TRY(signature, in.string(kSignatureMax));
  attestation.signature = base::to_bytes(signature);
  TRY(count, take_count(in, kCertificatesMax));
  for (std::size_t i = 0; i < count; ++i) {
    TRY(certificate, in.string(kCertificateMax));
    attestation.certificates.push_back(base::to_bytes(certificate));
  }
  return attestation;
}

Result<ResidentCredential> take_resident(Reader& in) {
  ResidentCredential resident;
  TRY_ASSIGN(resident.key, take_key(in));
  TRY_ASSIGN(resident.user_name, take_text(in, kUserNameMax));
  TRY(user_id, in.string(kUserIdMax));
  resident.user_id = base::to_bytes(user_id);
  TRY_ASSIGN(resident.cred_protect, take_cred_protect(in));
  return resident;
}

base::Status put_silent(base::Writer& out, const SilentSignature& silent) {
  TRY_VOID(put_key(out, silent.key));
  TRY_VOID(put_bytes(out, silent.data, kSilentDataBytes));
  TRY_VOID(put_bytes(out, silent.signature.signature, kSignatureMax));
  out.u8(silent.signature.flags).u32(silent.signature.counter);
  return {};
}

base::Result<SilentSignature> take_silent(base::Reader& in) {
  SilentSignature silent;
  TRY_ASSIGN(silent.key, take_key(in));
  TRY(data, in.string(kSilentDataBytes, kSilentDataBytes));
  silent.data = base::to_bytes(data);
  TRY(signature, in.string(kSignatureMax, 1));
  silent.signature.signature = base::to_bytes(signature);
  TRY_ASSIGN(silent.signature.flags, in.u8());
  TRY_ASSIGN(silent.signature.counter, in.u32());
  return silent;
}

}  // namespace touchstone::tokens::wire
