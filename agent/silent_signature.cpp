// SPDX-License-Identifier: Apache-2.0
#include "agent/silent_signature.h"

#include <string>
#include <utility>

#include "ssh/signature.h"
#include "tokens/limits.h"

namespace touchstone::agent {

std::optional<ssh::PublicKey> silent_signer(const StoredKey& key,
                                            const tokens::KeyReference& credential) {
  if (credential == key.reference()) {
    return key.key.key;
  }
  if (!key.marker.has_value()) {
    return std::nullopt;
  }
  const tokens::KeyReference marker{key.marker->public_key, key.marker->credential_id,
                                    std::string(tokens::kMarkerApplication)};
  if (!(credential == marker)) {
    return std::nullopt;
  }
  auto signer = ssh::PublicKey::from_token(marker.public_key, marker.application);
  return signer.has_value() ? std::optional(std::move(*signer)) : std::nullopt;
}

base::Status record_silent(Journal& journal, const ssh::PublicKey& key,
                           const tokens::SilentSignature& silent) {
  if (silent.data.size() != tokens::kSilentDataBytes) {
    return base::fail(base::Code::kMalformed, "a silent signature over other data");
  }
  TRY(encoded, ssh::Signature::from_token(key, silent.signature));
  TRY(parsed, ssh::Signature::parse(encoded.blob()));
  TRY_VOID(ssh::verify(key, parsed, silent.data));
  if (!parsed.sk().has_value()) {
    return base::fail(base::Code::kBadSignature, "not a security key's signature");
  }
  const std::uint32_t counter = parsed.sk()->counter;
  const std::uint32_t last = journal.last_counter(key.blob()).value_or(0);
  if (last > 0 && counter <= last) {
    return base::fail(base::Code::kCounterRegressed,
                      "from " + std::to_string(last) + " to " + std::to_string(counter));
  }
  return journal.probe(key.blob(), silent.data, parsed.blob(), counter).with_context("journal");
}

}  // namespace touchstone::agent
