// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "git-integration/agent_client.h"
#include "ssh/public_key.h"
#include "ssh/sshsig.h"

namespace touchstone::git {

// What everything that gets signatures from an agent has in common.

// read_signing_key takes the public part of FILE, or of FILE.pub beside it, as ssh-keygen does.
// Fails with kUnsupported for a certificate.
base::Result<ssh::PublicKey> read_signing_key(const std::string& file);

// connect_holding gives the first agent that has the key: the user's own, then the other one when
// it knows sign-object. Fails with kAgentUnreachable or kUnknownKey.
base::Result<AgentClient> connect_holding(const AgentPlaces& places, const ssh::PublicKey& key);

// check_signature trusts nobody with a signature: it must be by this key, in the namespace and
// with the hash asked for, over this message and after a touch. Fails with kBadSignature,
// kNoPresence, kWrongApplication or what is wrong with the blob.
base::Result<ssh::SshSig> check_signature(base::ByteView blob, const ssh::PublicKey& key,
                                          std::string_view name_space, std::string_view hash,
                                          base::ByteView message);

// sign_checked asks the agent and checks what it answers. `request` has this key's blob.
base::Result<ssh::SshSig> sign_checked(AgentClient& agent, const ssh::PublicKey& key,
                                       const ssh::SignObject& request);

}  // namespace touchstone::git
