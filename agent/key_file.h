// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "agent/key_store.h"

namespace touchstone::agent {

// format_key_sidecar and parse_key_sidecar write and read NAME.json: version, role, created,
// attestation class, aaguid, token, the marker, how it counted, and the evidence in base64. Strict:
// a member that is not known is an error. parse fills everything but the key itself.
std::string format_key_sidecar(const StoredKey& key);
// evidence_object and parse_evidence are the attestation of a key as it is exported; as strict.
boost::json::object evidence_object(const Evidence& evidence);
base::Result<Evidence> parse_evidence(const boost::json::object& object);
base::Status parse_key_sidecar(std::string_view text, StoredKey& key);

}  // namespace touchstone::agent
