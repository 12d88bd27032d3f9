// SPDX-License-Identifier: Apache-2.0
// authenticatorGetAssertion and authenticatorGetNextAssertion (CTAP 2.1 sections 6.2 and 6.3).
#include <algorithm>

#include "tests/emulators/fido2/authenticator.h"
#include "tests/emulators/fido2/credential_request.h"
#include "tests/emulators/fido2/hmac_secret.h"
#include "tests/emulators/fido2/limits.h"
#include "tests/emulators/fido2/parameters.h"

namespace touchstone::emulators::fido2 {
namespace {

bool contains(const std::vector<base::Bytes>& ids, const base::Bytes& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

Cbor encode_user(const User& user, bool with_names) {
  CborMap out = {{"id", user.id}};
  if (with_names && !user.name.empty()) {
    out.emplace_back("name", user.name);
  }
  if (with_names && !user.display_name.empty()) {
    out.emplace_back("displayName", user.display_name);
  }
  return out;
}

}  // namespace

CtapExpected<Authenticator::AssertionRequest> Authenticator::parse_assertion_request(
    const Cbor& parameters) const {
  CTAP_TRY(rp_id, required_field<std::string>(parameters, 1));
  CTAP_TRY(client_data_hash, parse_client_data_hash(parameters, 2));
  CTAP_TRY(allowed, optional_field<CborArray>(parameters, 3));
  CTAP_TRY(extensions, optional_field<CborMap>(parameters, 4));
  CTAP_TRY(options, optional_field<CborMap>(parameters, 5));
  const Cbor option_map = options.value_or(CborMap{});
  const Cbor extension_map = extensions.value_or(CborMap{});
  CTAP_TRY(present, optional_field<bool>(option_map, "up"));
  CTAP_TRY(verify, optional_field<bool>(option_map, "uv"));
  CTAP_TRY(hmac_secret, optional_field<CborMap>(extension_map, "hmac-secret"));
  if (option_map.find("rk") != nullptr) {
    return refuse(CtapError::kUnsupportedOption);
  }
  AssertionRequest request;
  request.rp_id = std::move(rp_id);
  request.client_data_hash = std::move(client_data_hash);
  if (allowed.has_value() && !allowed->empty()) {
    CTAP_TRY(ids, parse_credential_list(*allowed));
    request.allowed = std::move(ids);
  }
  if (hmac_secret.has_value()) {
    request.hmac_secret = *hmac_secret;
  }
  request.present = present.value_or(true);
  request.verify = verify.value_or(false);
  CTAP_TRY(auth, parse_pin_auth(parameters, 6, 7));
  request.auth = std::move(auth);
  // CTAP 2.1 12.5: the secret is given out only with user presence.
  if (hmac_secret.has_value() && !request.present) {
    return refuse(CtapError::kUnsupportedOption);
  }
  return request;
}

std::vector<Credential*> Authenticator::applicable(const AssertionRequest& request, bool verified) {
  std::vector<Credential*> found;
  if (active_.no_such_credential) {
    return found;
  }
  const base::Sha256 rp_id_hash = base::sha256(base::as_bytes(request.rp_id));
  for (Credential& credential : store_.state.credentials) {
    const bool asked_for = request.allowed.has_value() ? contains(*request.allowed, credential.id)
                                                       : credential.resident;
    const bool needs_verification =
        credential.protect == CredProtect::kRequired ||
        (credential.protect == CredProtect::kOptionalWithIdList && !request.allowed.has_value());
    if (asked_for && credential.rp_id_hash == rp_id_hash && (verified || !needs_verification)) {
      found.push_back(&credential);
    }
  }
  std::reverse(found.begin(), found.end());  // 6.2.2 step 11: the newest first
  return found;
}

CtapResult Authenticator::get_assertion(const Cbor& parameters, UserPresence& presence,
                                        Lock& lock) {
  CTAP_TRY(request, parse_assertion_request(parameters));
  if (!request.present && active_.refuse_silent) {
    return refuse(CtapError::kUnsupportedOption);
  }
  CTAP_TRY(user, verify_user(request.auth, request.verify, Permission::kGetAssertion, request.rp_id,
                             request.client_data_hash, presence, lock));
  const std::vector<Credential*> credentials = applicable(request, user.verified);
  if (credentials.empty()) {
    return refuse(CtapError::kNoCredentials);
  }
  std::uint8_t flags = user.verified ? kFlagUserVerified : 0;
  if (request.present) {
    if (!user.present) {
      CTAP_TRY(touched, touch(presence, lock));
      if (!touched) {
        return refuse(CtapError::kOperationDenied);
      }
    }
    flags |= kFlagUserPresent;
    pin_.consume();
  }
  // With an allow list the token chooses one itself; without, it offers all (step 11, 12).
  const std::size_t count = request.allowed.has_value() ? 1 : credentials.size();
  CTAP_TRY(reply, assert_with(*credentials.front(), request, flags, count));
  if (count > 1) {
    Assertions rest{request.rp_id,  request.client_data_hash, request.hmac_secret, flags, {},
                    clock_.steady()};
    for (std::size_t i = 1; i < credentials.size(); ++i) {
      rest.remaining.push_back(credentials.at(i)->id);
    }
    assertions_ = std::move(rest);
  }
  return reply;
}

CtapResult Authenticator::get_next_assertion() {
  if (!assertions_.has_value() || assertions_->remaining.empty() ||
      clock_.steady() - assertions_->since > kNextAssertionWindow) {
    assertions_.reset();
    return refuse(CtapError::kNotAllowed);
  }
  const base::Bytes id = assertions_->remaining.front();
  assertions_->remaining.erase(assertions_->remaining.begin());
  assertions_->since = clock_.steady();
  auto& credentials = store_.state.credentials;
  const auto found = std::find_if(credentials.begin(), credentials.end(),
                                  [&id](const Credential& other) { return other.id == id; });
  if (found == credentials.end()) {
    return refuse(CtapError::kNotAllowed);
  }
  AssertionRequest request;
  request.rp_id = assertions_->rp_id;
  request.client_data_hash = assertions_->client_data_hash;
  request.hmac_secret = assertions_->extensions;
  return assert_with(*found, request, assertions_->flags, 0);
}

CtapExpected<Cbor> Authenticator::assertion_extensions(const Credential& credential,
                                                       const AssertionRequest& request,
                                                       std::uint8_t flags) {
  if (request.hmac_secret == Cbor()) {
    return Cbor();
  }
  const bool verified = (flags & kFlagUserVerified) != 0;
  CTAP_TRY(output, hmac_secret_output(request.hmac_secret, credential, verified, pin_));
  return output == Cbor() ? Cbor() : Cbor(CborMap{{"hmac-secret", std::move(output)}});
}

CtapResult Authenticator::assert_with(Credential& credential, const AssertionRequest& request,
                                      std::uint8_t flags, std::size_t count) {
  CTAP_TRY(extensions, assertion_extensions(credential, request, flags));
  const bool extended = extensions != Cbor();
  const std::uint32_t counter = next_counter(credential);
  base::Bytes data = authenticator_data(
      credential.rp_id_hash, static_cast<std::uint8_t>(flags | (extended ? kFlagExtensions : 0)),
      counter);
  if (extended) {
    const base::Bytes encoded = encode_cbor(extensions);
    data.insert(data.end(), encoded.begin(), encoded.end());
  }
  const base::Bytes message = base::Writer().raw(data).raw(request.client_data_hash).bytes();
  ++store_.state.signatures;
  store_.state.silent_signatures += (flags & kFlagUserPresent) == 0 ? 1 : 0;
  // The counter is durable before the signature is out, as on a real token.
  if (!store_.save().has_value()) {
    return refuse(CtapError::kOther);
  }
  Credential shown = credential;
  if (active_.wrong_credential) {
    shown.id = random_bytes(kCredentialIdBytes);
  }
  CborMap reply = {{1, encode_descriptor(shown)}, {2, data}, {3, sign_assertion(shown, message)}};
  if (credential.resident) {
    // 6.2.2 step 13: names only to who has verified the user, and only to choose from.
    const bool with_names = (flags & kFlagUserVerified) != 0 && !request.allowed.has_value();
    reply.emplace_back(4, encode_user(credential.user, with_names));
  }
  if (count > 1) {
    reply.emplace_back(5, count);
  }
  return Cbor(std::move(reply));
}

}  // namespace touchstone::emulators::fido2
