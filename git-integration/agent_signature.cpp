// SPDX-License-Identifier: Apache-2.0
#include "git-integration/agent_signature.h"

#include <utility>
#include <vector>

#include "base/file.h"
#include "git-integration/presence.h"
#include "ssh/limits.h"
#include "ssh/private_key_file.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

bool holds(const std::vector<ssh::Identity>& identities, const ssh::PublicKey& key) {
  for (const ssh::Identity& identity : identities) {
    if (base::equal(identity.key_blob, key.blob())) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<ssh::PublicKey> read_signing_key(const std::string& file) {
  auto bytes = base::read_input(file, ssh::kPrivateKeyFileMax);
  if (!bytes && bytes.error().code == Code::kNotFound) {
    auto beside = base::read_file(file + ".pub", ssh::kPrivateKeyFileMax);
    if (beside) {
      bytes = std::move(beside);
    }
  }
  if (!bytes) {
    return fail(std::move(bytes.error()).with_context("signing key"));
  }
  TRY(key, ssh::public_key_of_file(*bytes).with_context("signing key " + file));
  if (key.is_certificate()) {
    return fail(Code::kUnsupported, "signing with a certificate: " + file);
  }
  return key;
}

Result<AgentClient> connect_holding(const AgentPlaces& places, const ssh::PublicKey& key) {
  auto own = AgentClient::connect(places.own);
  if (own) {
    TRY(identities, own->identities());
    if (holds(identities, key)) {
      return own;
    }
  }
  auto other = places.other.empty() ? Result<AgentClient>(fail(Code::kAgentUnreachable))
                                    : AgentClient::connect(places.other);
  if (other) {
    const auto names = other->extensions();
    const auto identities = other->identities();
    for (const std::string& name : names ? *names : std::vector<std::string>()) {
      if (name == ssh::kSignObjectExtension && identities && holds(*identities, key)) {
        return other;
      }
    }
  }
  if (!own) {
    return own;
  }
  return fail(Code::kUnknownKey, key.fingerprint());
}

Result<ssh::SshSig> check_signature(base::ByteView blob, const ssh::PublicKey& key,
                                    std::string_view name_space, std::string_view hash,
                                    base::ByteView message) {
  TRY(sig, ssh::SshSig::parse(blob));
  if (!(sig.key == key)) {
    return fail(Code::kBadSignature, "it is by another key");
  }
  if (name_of(sig.hash) != hash) {
    return fail(Code::kBadSignature, "it is made with another hash");
  }
  TRY_VOID(verify_message(sig, name_space, message));
  TRY_VOID(check_presence(sig));
  return sig;
}

Result<ssh::SshSig> sign_checked(AgentClient& agent, const ssh::PublicKey& key,
                                 const ssh::SignObject& request) {
  TRY(blob, agent.sign_object(request));
  return check_signature(blob, key, request.name_space, request.hash_name, request.object)
      .with_context("the agent's answer");
}

}  // namespace touchstone::git
