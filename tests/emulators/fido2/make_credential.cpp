// SPDX-License-Identifier: Apache-2.0
// authenticatorMakeCredential (CTAP 2.1 section 6.1). Step numbers are those of 6.1.2.
#include <algorithm>

#include "tests/emulators/fido2/attestation.h"
#include "tests/emulators/fido2/authenticator.h"
#include "tests/emulators/fido2/credential_request.h"
#include "tests/emulators/fido2/limits.h"
#include "tests/emulators/fido2/parameters.h"

namespace touchstone::emulators::fido2 {
namespace {

// choose_algorithm takes the first of the list which the token knows (step 3).
CtapExpected<Algorithm> choose_algorithm(const Cbor& list, const std::vector<Algorithm>& known) {
  if (list.array() == nullptr) {
    return refuse(CtapError::kCborUnexpectedType);
  }
  std::optional<Algorithm> chosen;
  for (const Cbor& entry : *list.array()) {
    CTAP_TRY(type, required_field<std::string>(entry, "type"));
    CTAP_TRY(number, required_field<std::int64_t>(entry, "alg"));
    const auto same = [number](Algorithm algorithm) {
      return static_cast<std::int64_t>(algorithm) == number;
    };
    const auto found = std::find_if(known.begin(), known.end(), same);
    if (!chosen.has_value() && type == "public-key" && found != known.end()) {
      chosen = *found;
    }
  }
  if (!chosen.has_value()) {
    return refuse(CtapError::kUnsupportedAlgorithm);
  }
  return *chosen;
}

CtapExpected<CredentialOptions> parse_options(const Cbor& options) {
  CTAP_TRY(resident, optional_field<bool>(options, "rk"));
  CTAP_TRY(present, optional_field<bool>(options, "up"));
  CTAP_TRY(verify, optional_field<bool>(options, "uv"));
  if (present == false) {
    return refuse(CtapError::kInvalidOption);  // step 5
  }
  return CredentialOptions{resident.value_or(false), verify.value_or(false)};
}

CtapExpected<CredentialExtensions> parse_extensions(const Cbor& extensions,
                                                    const Profile& profile) {
  CTAP_TRY(hmac_secret, optional_field<bool>(extensions, "hmac-secret"));
  CTAP_TRY(protect, optional_field<std::int64_t>(extensions, "credProtect"));
  CredentialExtensions out;
  out.hmac_secret = hmac_secret.value_or(false);
  if (protect.has_value() && profile.cred_protect) {
    if (*protect < 1 || *protect > 3) {
      return refuse(CtapError::kInvalidOption);
    }
    out.protect = CredProtect{static_cast<std::uint8_t>(*protect)};
  }
  return out;
}

Cbor extension_outputs(const CredentialExtensions& extensions) {
  CborMap out;
  if (extensions.protect.has_value()) {
    out.emplace_back("credProtect", static_cast<int>(*extensions.protect));
  }
  if (extensions.hmac_secret) {
    out.emplace_back("hmac-secret", true);
  }
  return out;
}

void append(base::Bytes& out, base::ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

CtapExpected<Authenticator::CredentialRequest> Authenticator::parse_credential_request(
    const Cbor& parameters) const {
  CredentialRequest request;
  CTAP_TRY(client_data_hash, parse_client_data_hash(parameters, 1));
  CTAP_TRY(rp, required_field<CborMap>(parameters, 2));
  CTAP_TRY(user, required_field<CborMap>(parameters, 3));
  CTAP_TRY(algorithms, required_field<CborArray>(parameters, 4));
  CTAP_TRY(excluded, optional_field<CborArray>(parameters, 5));
  CTAP_TRY(extensions, optional_field<CborMap>(parameters, 6));
  CTAP_TRY(options, optional_field<CborMap>(parameters, 7));
  CTAP_TRY(rp_id, required_field<std::string>(rp, "id"));
  CTAP_TRY(rp_name, optional_field<std::string>(rp, "name"));
  CTAP_TRY(parsed_user, parse_user(user));
  CTAP_TRY(algorithm, choose_algorithm(algorithms, profile_.algorithms));
  CTAP_TRY(excluded_ids, parse_credential_list(excluded.value_or(CborArray{})));
  CTAP_TRY(parsed_extensions, parse_extensions(extensions.value_or(CborMap{}), profile_));
  CTAP_TRY(parsed_options, parse_options(options.value_or(CborMap{})));
  if (active_.eddsa_listed_only && algorithm == Algorithm::kEdDsa) {
    return refuse(CtapError::kUnsupportedAlgorithm);
  }
  if (rp_id.size() > kRpIdBytesMax) {
    return refuse(CtapError::kInvalidLength);
  }
  request.client_data_hash = std::move(client_data_hash);
  request.rp_id = std::move(rp_id);
  request.rp_name = rp_name.value_or("");
  request.rp_name.resize(std::min(request.rp_name.size(), kUserNameBytesMax));
  request.user = std::move(parsed_user);
  request.algorithm = algorithm;
  request.excluded = std::move(excluded_ids);
  request.extensions = parsed_extensions;
  request.options = parsed_options;
  CTAP_TRY(auth, parse_pin_auth(parameters, 8, 9));
  request.auth = std::move(auth);
  return request;
}

CtapResult Authenticator::make_credential(const Cbor& parameters, UserPresence& presence,
                                          Lock& lock) {
  CTAP_TRY(request, parse_credential_request(parameters));
  const base::Sha256 rp_id_hash = base::sha256(base::as_bytes(request.rp_id));
  CTAP_TRY(user, verify_user(request.auth, request.options.verify, Permission::kMakeCredential,
                             request.rp_id, request.client_data_hash, presence, lock));
  // Steps 6 to 10: once the token can verify the user it wants to, except for credentials that
  // leave nothing on it, if it says so in makeCredUvNotRqd.
  const bool exempt = profile_.make_credential_uv_optional && !request.options.resident;
  if ((pin_.is_set() || profile_.built_in_uv) && !user.verified && !exempt) {
    return refuse(CtapError::kPuatRequired);
  }
  const auto excluded = [&](const Credential& credential) {
    const auto& ids = request.excluded;
    return credential.rp_id_hash == rp_id_hash &&
           (user.verified || credential.protect != CredProtect::kRequired) &&
           std::find(ids.begin(), ids.end(), credential.id) != ids.end();
  };
  const auto& credentials = store_.state.credentials;
  const bool exists = std::any_of(credentials.begin(), credentials.end(), excluded);
  if (!user.present) {
    CTAP_TRY(touched, touch(presence, lock));
    if (!touched) {
      return refuse(CtapError::kOperationDenied);
    }
  }
  pin_.consume();
  if (exists) {
    return refuse(CtapError::kCredentialExcluded);  // step 12, after the touch
  }
  return create(request, static_cast<std::uint8_t>(kFlagUserPresent |
                                                   (user.verified ? kFlagUserVerified : 0)));
}

CtapResult Authenticator::create(const CredentialRequest& request, std::uint8_t flags) {
  Credential credential;
  credential.id = random_bytes(kCredentialIdBytes);
  credential.algorithm = request.algorithm;
  credential.private_key = private_key_der(generate_key(request.algorithm));
  credential.rp_id = request.rp_id;
  credential.rp_name = request.rp_name;
  credential.rp_id_hash = base::sha256(base::as_bytes(request.rp_id));
  credential.user = request.user;
  credential.resident = request.options.resident;
  credential.protect = request.extensions.protect.value_or(CredProtect::kOptional);
  if (request.extensions.hmac_secret) {
    credential.hmac_secret_with_uv = random_bytes(32);
    credential.hmac_secret_without_uv = random_bytes(32);
  }
  auto& credentials = store_.state.credentials;
  if (credential.resident) {
    // Step 17: one resident credential for an account at a relying party.
    credentials.remove_if([&](const Credential& other) {
      return other.resident && other.rp_id == credential.rp_id &&
             other.user.id == credential.user.id;
    });
    const auto resident = [](const Credential& other) { return other.resident; };
    const auto count = std::count_if(credentials.begin(), credentials.end(), resident);
    if (static_cast<std::size_t>(count) >= kResidentCredentialsMax) {
      return refuse(CtapError::kKeyStoreFull);
    }
  }
  const Cbor extensions = extension_outputs(request.extensions);
  flags |= kFlagAttestedCredential;
  if (!extensions.map()->empty()) {
    flags |= kFlagExtensions;
  }
  base::Bytes data = authenticator_data(credential.rp_id_hash, flags, next_counter(credential));
  append(data, aaguid());
  append(data, base::Writer().u16(static_cast<std::uint16_t>(credential.id.size())).bytes());
  append(data, credential.id);
  append(data, encode_cbor(encode_public_key(credential)));
  if (!extensions.map()->empty()) {
    append(data, encode_cbor(extensions));
  }
  credentials.push_back(std::move(credential));
  if (!store_.save().has_value()) {
    return refuse(CtapError::kOther);
  }
  return attest(credentials.back(), data, request.client_data_hash);
}

CtapResult Authenticator::attest(const Credential& credential,
                                 const base::Bytes& authenticator_data,
                                 const base::Bytes& client_data_hash) const {
  if (active_.attestation_none) {
    return Cbor(CborMap{{1, "none"}, {2, authenticator_data}, {3, CborMap{}}});
  }
  // WebAuthn 8.2: packed attestation signs authenticatorData || clientDataHash.
  const base::Bytes message = base::Writer().raw(authenticator_data).raw(client_data_hash).bytes();
  const base::Bytes& key_der =
      active_.attestation_self ? credential.private_key : store_.state.attestation_key;
  const auto key = read_private_key_der(key_der);
  if (!key.has_value()) {
    return refuse(CtapError::kOther);
  }
  const Algorithm algorithm = active_.attestation_self ? credential.algorithm : Algorithm::kEs256;
  base::Bytes signature = sign(*key, message);
  if (active_.attestation_bad) {
    signature.back() ^= 1;
  }
  CborMap statement = {{"alg", static_cast<int>(algorithm)}, {"sig", std::move(signature)}};
  if (!active_.attestation_self) {
    CborArray certificates{store_.state.attestation_certificate};
    if (active_.attestation_chain) {
      certificates.emplace_back(test_root_der());
    }
    statement.emplace_back("x5c", std::move(certificates));
  }
  return Cbor(CborMap{{1, "packed"}, {2, authenticator_data}, {3, std::move(statement)}});
}

}  // namespace touchstone::emulators::fido2
