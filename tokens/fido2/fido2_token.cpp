// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/fido2_token.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "tokens/fido2/fido2_errors.h"

namespace touchstone::tokens::fido2 {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr std::uint32_t kPinLengthMin = 4;  // CTAP 2.1 section 6.5.1

bool option(const fido_cbor_info_t* info, std::string_view name) {
  const std::size_t count = fido_cbor_info_options_len(info);
  const std::span<char*> names(fido_cbor_info_options_name_ptr(info), count);
  const std::span<const bool> values(fido_cbor_info_options_value_ptr(info), count);
  for (std::size_t i = 0; i < count; ++i) {
    if (names[i] == name) {
      return values[i];
    }
  }
  return false;
}

std::vector<std::string> versions_of(const fido_cbor_info_t* info) {
  std::vector<std::string> versions;
  const std::span<char*> all(fido_cbor_info_versions_ptr(info), fido_cbor_info_versions_len(info));
  for (const std::string_view version : all) {
    if (versions.size() < kVersionsMax) {
      versions.emplace_back(version.substr(0, kTokenTextMax));
    }
  }
  return versions;
}

// Tokens before CTAP 2.1 do not list their algorithms; ES256 is what all have.
std::vector<base::KeyAlgorithm> algorithms_of(const fido_cbor_info_t* info) {
  std::vector<base::KeyAlgorithm> algorithms;
  const std::size_t count = std::min(fido_cbor_info_algorithm_count(info), kAlgorithmsMax);
  for (std::size_t i = 0; i < count; ++i) {
    const int cose = fido_cbor_info_algorithm_cose(info, i);
    if (cose == COSE_EDDSA) {
      algorithms.push_back(base::KeyAlgorithm::kEd25519);
    } else if (cose == COSE_ES256) {
      algorithms.push_back(base::KeyAlgorithm::kEcdsaP256);
    }
  }
  if (algorithms.empty()) {
    algorithms.push_back(base::KeyAlgorithm::kEcdsaP256);
  }
  return algorithms;
}

}  // namespace

Fido2Token::Fido2Token(std::unique_ptr<HidDevice> device, TokenInfo identity,
                       const base::Clock& clock)
    : clock_(clock), transport_(std::move(device), clock), info_(std::move(identity)) {}

Result<std::unique_ptr<Fido2Token>> Fido2Token::open(std::unique_ptr<HidDevice> device,
                                                     TokenInfo identity, const base::Clock& clock) {
  std::unique_ptr<Fido2Token> token(new Fido2Token(std::move(device), std::move(identity), clock));
  // libfido2 keeps its settings per thread. Without the flag a FIDO2 token that fails to answer
  // once would be used as a U2F token from then on.
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
  Status ready = token->ensure_open();
  if (ready.has_value()) {
    ready = token->read_info();
  }
  if (!ready.has_value()) {
    return base::fail(token->named(std::move(ready.error())));
  }
  return token;
}

base::Error Fido2Token::named(base::Error error) const {
  return std::move(error).with_context(info_.product + " (" + info_.device + ")");
}

Status Fido2Token::ensure_open() {
  if (device_) {
    return {};
  }
  DeviceHandle device(fido_dev_new());
  const fido_dev_io_t functions = HidTransport::functions();
  if (!device || fido_dev_set_io_functions(device.get(), &functions) != FIDO_OK) {
    return base::fail(Code::kSystem, "libfido2");
  }
  transport_.begin({kOpenTimeout, nullptr});
  const int opened = fido_dev_open(device.get(), transport_.path().c_str());
  HidTransport::Ending ending = transport_.end();
  if (ending.error) {
    return base::fail(std::move(*ending.error));
  }
  if (opened != FIDO_OK) {
    return base::fail(from_fido(opened));
  }
  device_ = std::move(device);
  return {};
}

Status Fido2Token::exchange(const HidTransport::Limits& limits,
                            const std::function<int(fido_dev_t*)>& call) {
  constexpr int kAttempts = 2;
  for (int attempt = 1;; ++attempt) {
    TRY_VOID(ensure_open());
    transport_.begin(limits);
    const int status = call(device_.get());
    HidTransport::Ending ending = transport_.end();
    if (ending.broken || ending.channel_lost) {
      device_.reset();
    }
    if (ending.channel_lost && attempt < kAttempts) {
      continue;
    }
    if (ending.error) {
      return base::fail(std::move(*ending.error));
    }
    if (status != FIDO_OK) {
      return base::fail(from_fido(status));
    }
    return {};
  }
}

Status Fido2Token::read_info() {
  if (!fido_dev_is_fido2(device_.get())) {
    info_.versions = {"U2F_V2"};
    info_.algorithms = {base::KeyAlgorithm::kEcdsaP256};
    return {};
  }
  const InfoHandle info(fido_cbor_info_new());
  if (!info) {
    return base::fail(Code::kSystem, "libfido2");
  }
  TRY_VOID(
      exchange([&info](fido_dev_t* device) { return fido_dev_get_cbor_info(device, info.get()); }));
  take_info(info.get());
  return info_.pin_set ? read_pin_tries() : Status{};
}

void Fido2Token::take_info(const fido_cbor_info_t* info) {
  const base::ByteView aaguid(fido_cbor_info_aaguid_ptr(info), fido_cbor_info_aaguid_len(info));
  if (aaguid.size() == info_.aaguid.size()) {
    std::copy(aaguid.begin(), aaguid.end(), info_.aaguid.begin());
  }
  info_.versions = versions_of(info);
  info_.algorithms = algorithms_of(info);
  info_.pin_supported = fido_dev_supports_pin(device_.get());
  info_.pin_set = option(info, "clientPin");
  info_.uv_supported = option(info, "uv");
  info_.resident_supported = option(info, "rk");
  info_.cred_protect_supported = fido_dev_supports_cred_prot(device_.get());
  info_.credential_management_supported = fido_dev_supports_credman(device_.get());
  const std::uint64_t length = fido_cbor_info_minpinlen(info);
  info_.pin_length_min =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(length, kPinLengthMin, kPinBytesMax));
}

bool Fido2Token::is_proven(const KeyReference& key) const {
  return std::find(proven_.begin(), proven_.end(), key) != proven_.end();
}

void Fido2Token::remember(const KeyReference& key) {
  if (!is_proven(key)) {
    if (proven_.size() >= kRememberedKeysMax) {
      proven_.erase(proven_.begin());
    }
    proven_.push_back(key);
  }
}

void Fido2Token::forget(const KeyReference& key) { std::erase(proven_, key); }

Result<bool> Fido2Token::holds(const KeyReference& key, Asking asking) {
  if (asking == Asking::kOnce && is_proven(key)) {
    return true;
  }
  return named(prove(key));
}

Result<base::TokenSignature> Fido2Token::sign(const SignRequest& request,
                                              const OnTouchNeeded& touch_needed) {
  return named(sign_checked(request, touch_needed));
}

Result<Enrollment> Fido2Token::enroll(const EnrollRequest& request,
                                      const OnTouchNeeded& touch_needed) {
  return named(enroll_checked(request, touch_needed));
}

Status Fido2Token::set_pin(const base::Secret* old_pin, const base::Secret& new_pin,
                           LastTry last_try) {
  return named(set_pin_checked(old_pin, new_pin, last_try));
}

Result<std::vector<ResidentCredential>> Fido2Token::list_resident(const base::Secret& pin,
                                                                  LastTry last_try) {
  return named(list_checked(pin, last_try));
}

Status Fido2Token::delete_resident(const base::Secret& pin, LastTry last_try,
                                   base::ByteView credential_id) {
  return named(delete_checked(pin, last_try, credential_id));
}

}  // namespace touchstone::tokens::fido2
