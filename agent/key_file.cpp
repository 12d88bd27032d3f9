// SPDX-License-Identifier: Apache-2.0
#include "agent/key_file.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "agent/json.h"
#include "base/encoding.h"
#include "tokens/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::uint64_t kSidecarVersion = 1;
constexpr std::size_t kShortTextMax = 64;
constexpr std::size_t kMarkerKeyMax = 512;
constexpr std::size_t kTokenNameMax = 1024;  // kTokenTextMax, escaped at the worst

// A marker is kept as the SSH public key it would be, so that there is one encoding of keys.
base::Result<tokens::Marker> parse_marker(const boost::json::object& object) {
  JsonReader reader(object);
  tokens::Marker marker;
  TRY(blob, reader.base64("public_key", kMarkerKeyMax));
  TRY(key, ssh::PublicKey::parse(blob).with_context("marker"));
  if (key.application() != tokens::kMarkerApplication) {
    return base::fail(base::Code::kWrongApplication, "marker");
  }
  marker.public_key = key.key();
  TRY_ASSIGN(marker.credential_id, reader.base64("credential_id", tokens::kCredentialIdMax));
  TRY_VOID(reader.expect_end());
  return marker;
}

boost::json::value marker_value(const std::optional<tokens::Marker>& marker) {
  if (!marker.has_value()) {
    return nullptr;
  }
  const auto key = marker_key(*marker);
  boost::json::object object;
  object["public_key"] = key.has_value() ? base::to_base64(key->blob()) : std::string();
  object["credential_id"] = base::to_base64(marker->credential_id);
  return object;
}

// Files of keys made before counters were looked at have neither member.
base::Status parse_counters(JsonReader& reader, StoredKey& key) {
  if (reader.has("dedicated")) {
    TRY_ASSIGN(key.dedicated, reader.boolean("dedicated"));
  }
  if (!reader.has("counters")) {
    return {};
  }
  TRY(counters, reader.array("counters", tokens::kCounterProbes));
  for (const boost::json::value& value : *counters) {
    if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > UINT32_MAX) {
      return base::fail(base::Code::kMalformed, "member counters is not a list of counters");
    }
    key.counters.push_back(static_cast<std::uint32_t>(value.get_int64()));
  }
  return {};
}

}  // namespace

std::string format_key_sidecar(const StoredKey& key) {
  boost::json::object object;
  object["version"] = kSidecarVersion;
  object["role"] = std::string(name_of(key.role));
  object["created"] = key.created;
  object["attestation"] = key.attestation;
  object["aaguid"] = key.aaguid;
  object["token"] = json_text(key.token);
  object["marker"] = marker_value(key.marker);
  object["counters"] = boost::json::array(key.counters.begin(), key.counters.end());
  object["dedicated"] = key.dedicated;
  object["evidence"] = nullptr;
  if (key.evidence.has_value()) {
    object["evidence"] = evidence_object(*key.evidence);
  }
  return boost::json::serialize(object) + "\n";
}

boost::json::object evidence_object(const Evidence& evidence) {
  boost::json::array certificates;
  for (const base::Bytes& certificate : evidence.attestation.certificates) {
    certificates.emplace_back(base::to_base64(certificate));
  }
  boost::json::object object;
  object["format"] = evidence.attestation.format;
  object["auth_data"] = base::to_base64(evidence.attestation.auth_data);
  object["signature"] = base::to_base64(evidence.attestation.signature);
  object["certificates"] = std::move(certificates);
  object["challenge"] = base::to_base64(evidence.challenge);
  return object;
}

base::Result<Evidence> parse_evidence(const boost::json::object& object) {
  JsonReader reader(object);
  Evidence evidence;
  TRY_ASSIGN(evidence.attestation.format, reader.text("format", kShortTextMax));
  TRY_ASSIGN(evidence.attestation.auth_data, reader.base64("auth_data", tokens::kAuthDataMax));
  TRY_ASSIGN(evidence.attestation.signature, reader.base64("signature", tokens::kSignatureMax));
  TRY_ASSIGN(evidence.challenge, reader.base64("challenge", tokens::kChallengeMax));
  TRY(certificates, reader.array("certificates", tokens::kCertificatesMax));
  for (const boost::json::value& value : *certificates) {
    if (!value.is_string()) {
      return base::fail(base::Code::kMalformed, "member certificates is not a list of strings");
    }
    TRY(certificate,
        base::from_base64(std::string_view(value.get_string().data(), value.get_string().size()),
                          tokens::kCertificateMax));
    evidence.attestation.certificates.push_back(std::move(certificate));
  }
  TRY_VOID(reader.expect_end());
  return evidence;
}

base::Status parse_key_sidecar(std::string_view text, StoredKey& key) {
  TRY(object, parse_json_object(text));
  JsonReader reader(object);
  TRY(version, reader.number("version"));
  if (version != kSidecarVersion) {
    return base::fail(base::Code::kUnsupported, "version " + std::to_string(version));
  }
  TRY(role, reader.text("role", kShortTextMax));
  TRY_ASSIGN(key.role, role_named(role));
  TRY_ASSIGN(key.created, reader.text("created", kShortTextMax));
  TRY_ASSIGN(key.attestation, reader.text("attestation", kShortTextMax));
  TRY_ASSIGN(key.aaguid, reader.text("aaguid", kShortTextMax));
  TRY_ASSIGN(key.token, reader.text("token", kTokenNameMax));
  // Keys made before there were markers have no such member.
  if (reader.has("marker")) {
    TRY(marker, reader.object("marker"));
    if (marker != nullptr) {
      TRY_ASSIGN(key.marker, parse_marker(*marker));
    }
  }
  TRY(evidence, reader.object("evidence"));
  if (evidence != nullptr) {
    TRY_ASSIGN(key.evidence, parse_evidence(*evidence));
  }
  TRY_VOID(parse_counters(reader, key));
  return reader.expect_end();
}

}  // namespace touchstone::agent
