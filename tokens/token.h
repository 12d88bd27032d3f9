// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/key.h"
#include "base/secret.h"
#include "tokens/limits.h"

namespace touchstone::tokens {

// TokenId names a token for as long as it stays plugged in: "fido2:/dev/hidraw0:7". It is new
// after every plugging in, so that a request can never move to another token by accident.
using TokenId = std::string;

// TokenInfo is what a driver knows of a token without asking anybody for anything.
struct TokenInfo {
  TokenId id;
  std::string driver;        // "fido2"
  std::string manufacturer;  // as the device says: text from outside
  std::string product;       // as the device says: text from outside
  std::string device;        // "/dev/hidraw0"
  std::uint16_t vendor_id{0};
  std::uint16_t product_id{0};
  std::array<std::uint8_t, 16> aaguid{};  // zero for U2F-only tokens
  std::vector<std::string> versions;      // "U2F_V2", "FIDO_2_0", "FIDO_2_1"
  std::vector<base::KeyAlgorithm> algorithms;
  bool pin_supported{false};
  bool pin_set{false};
  // pin_retries is the tries left before the PIN is blocked; -1 when there is no PIN.
  std::int32_t pin_retries{-1};
  bool uv_supported{false};  // built-in verification, a fingerprint reader say
  bool resident_supported{false};
  bool cred_protect_supported{false};
  bool credential_management_supported{false};
  std::uint32_t pin_length_min{4};
  // busy: it has not been opened yet, since it answers somebody else's request first. What it can
  // do is not known until then, and all requests to it fail with kTokenBusy.
  bool busy{false};

  bool u2f_only() const { return versions.size() == 1 && versions.front() == "U2F_V2"; }
  bool operator==(const TokenInfo&) const = default;
};

// The FIDO application of markers. No verifier takes a signature for it.
constexpr std::string_view kMarkerApplication = "ssh:touchstone-marker";

// Marker is a second credential on the token of a key that answers nothing without a PIN (one with
// CredProtect::kUvRequired). It is not resident, and anybody may ask it: what it signs silently
// proves which token the key is on, so that the PIN can go there and nowhere else.
struct Marker {
  base::PublicKey public_key;
  base::Bytes credential_id;
  bool operator==(const Marker&) const = default;
};

// KeyReference is all that a driver needs to use a key.
struct KeyReference {
  base::PublicKey public_key;
  base::Bytes credential_id;
  std::string application;
  std::optional<Marker> marker{};
  bool operator==(const KeyReference&) const = default;
};

// Whether a token is asked again for a key that it has proved to hold since it was plugged in.
enum class Asking : std::uint8_t { kOnce = 0, kAgain = 1 };

// How far a request may go with the PIN's tries.
enum class LastTry : std::uint8_t { kRefuse = 0, kAllow = 1 };

struct SignRequest {
  TokenId token;  // from locate()
  KeyReference key;
  base::Bytes data;  // the message; the driver hashes it as the key's protocol says
  bool user_verification{false};
  std::optional<base::Secret> pin;
  LastTry last_try{LastTry::kRefuse};
  std::chrono::milliseconds timeout{kTouchTimeout};
};

// CredProtect is the credential's protection level, CTAP 2.1 section 12.1.
enum class CredProtect : std::uint8_t {
  kNone = 0,
  kUvOptional = 1,
  kUvOptionalWithCredentialId = 2,
  kUvRequired = 3,
};

struct EnrollRequest {
  TokenId token;
  std::string application;
  std::string user_name;
  // In the order of preference; the token takes the first it knows.
  std::vector<base::KeyAlgorithm> algorithms;
  bool resident{false};
  CredProtect cred_protect{CredProtect::kNone};
  bool user_verification{false};
  // Whether a marker is made as well, which takes a touch of its own. It comes first: what is left
  // when the second touch does not come is not resident.
  bool marker{false};
  base::Bytes challenge;  // hashed into the attestation; kept beside it, or it proves nothing
  std::optional<base::Secret> pin;
  LastTry last_try{LastTry::kRefuse};
  // Credentials that must not be on the token already.
  std::vector<base::Bytes> exclude;
  std::chrono::milliseconds timeout{kTouchTimeout};
};

// Attestation is the token's statement about a new credential, kept as it came.
struct Attestation {
  std::string format;                     // "packed", "fido-u2f", "none"
  base::Bytes auth_data;                  // raw authenticator data, without the CBOR wrapping
  base::Bytes signature;                  // empty for "none"
  std::vector<base::Bytes> certificates;  // DER, leaf first; empty for self attestation
  bool operator==(const Attestation&) const = default;
};

// SilentSignature is what a token answered when it was asked without a touch whether it holds a
// key. It moved the token's counter as any signature does, so it has to be accounted for.
struct SilentSignature {
  // The credential that signed. Where a marker told for its key, that is the marker: its public key
  // and its credential, for kMarkerApplication.
  KeyReference key;
  base::Bytes data;  // kSilentDataBytes random bytes
  base::TokenSignature signature;
  bool operator==(const SilentSignature&) const = default;
};

struct Enrollment {
  KeyReference key;
  std::uint8_t flags{0};  // authenticator data flags at enrolment
  Attestation attestation;
  // Made at once after it, in their order: they show how the token counts. At most kCounterProbes;
  // empty where the token gives none (U2F, credProtect 3).
  std::vector<SilentSignature> silent{};
  bool operator==(const Enrollment&) const = default;
};

struct Location {
  TokenId token;
  bool operator==(const Location&) const = default;
};

struct ResidentCredential {
  KeyReference key;
  std::string user_name;
  base::Bytes user_id;
  CredProtect cred_protect{CredProtect::kNone};
  bool operator==(const ResidentCredential&) const = default;
};

// Progress tells when the token begins to wait for its touch.
using OnTouchNeeded = std::function<void()>;

// Token is one plugged-in token. All calls block and are made on that token's own worker thread;
// only cancel() may be called from another. Implementations verify every signature they return
// with the key asked for, and check user presence, user verification where asked, and the
// application, before it leaves (kBadSignature, kNoPresence, kNoVerification,
// kWrongApplication).
class Token {
 public:
  virtual ~Token() = default;

  virtual TokenInfo info() = 0;
  // holds asks silently whether the key is on this token: no touch, no PIN. A token that claims
  // it must prove it with a signature by that key, or by its marker when it has one.
  virtual base::Result<bool> holds(const KeyReference& key, Asking asking) = 0;
  // take_silent gives the silent signatures made since it was last called, in their order, but
  // for those in an Enrollment.
  virtual std::vector<SilentSignature> take_silent() = 0;
  virtual base::Result<base::TokenSignature> sign(const SignRequest& request,
                                                  const OnTouchNeeded& touch_needed) = 0;
  virtual base::Result<Enrollment> enroll(const EnrollRequest& request,
                                          const OnTouchNeeded& touch_needed) = 0;
  // set_pin sets the first PIN when old_pin is null, else changes it.
  virtual base::Status set_pin(const base::Secret* old_pin, const base::Secret& new_pin,
                               LastTry last_try) = 0;
  virtual base::Result<std::vector<ResidentCredential>> list_resident(const base::Secret& pin,
                                                                      LastTry last_try) = 0;
  virtual base::Status delete_resident(const base::Secret& pin, LastTry last_try,
                                       base::ByteView credential_id) = 0;
  // cancel makes the call under way, if any, return kCancelled soon.
  virtual void cancel() = 0;
  // clear_cancel forgets a cancel() that came when its call was over already. The worker calls it
  // between two calls, under the lock that also guards cancel(), or a late cancel would end the
  // next person's request.
  virtual void clear_cancel() = 0;
};

}  // namespace touchstone::tokens
