// SPDX-License-Identifier: Apache-2.0
#include "agent/silent_signature.h"

#include <string>
#include <utility>

#include "ssh/signature.h"
#include "tokens/limits.h"

namespace touchstone::agent {

std::optional<SilentSigner> silent_signer(const StoredKey& key,
                                          const tokens::KeyReference& credential) {
  if (credential == key.reference()) {
    return SilentSigner{key.name, /*is_marker=*/false, key.key.key};
  }
  if (!key.marker.has_value()) {
    return std::nullopt;
  }
  const tokens::KeyReference marker{key.marker->public_key, key.marker->credential_id,
                                    std::string(tokens::kMarkerApplication)};
  if (!(credential == marker)) {
    return std::nullopt;
  }
  auto signer = marker_key(*key.marker);
  if (!signer.has_value()) {
    return std::nullopt;
  }
  return SilentSigner{key.name, /*is_marker=*/true, std::move(*signer)};
}

base::Status record_silent(Journal& journal, const SilentSigner& signer,
                           const tokens::SilentSignature& silent) {
  if (silent.data.size() != tokens::kSilentDataBytes) {
    return base::fail(base::Code::kMalformed, "a silent signature over other data");
  }
  const ssh::PublicKey& key = signer.public_key;
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
  return journal
      .probe(Journal::Probe{signer.key_name, signer.is_marker, base::to_bytes(key.blob()),
                            silent.data, base::to_bytes(parsed.blob()), counter})
      .with_context("journal");
}

}  // namespace touchstone::agent
