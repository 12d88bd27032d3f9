// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "git-integration/policy/repository_policy.h"

namespace touchstone::git {

// PolicyText is both files of a policy as text. People read and write them, so that the edits below
// add lines and take lines away and leave every other byte as it is, comments included.
struct PolicyText {
  std::string policy;
  std::string signers;
};

// new_policy gives a commented policy.toml that asks for `require` everywhere and for
// change_signers people for a change of itself.
std::string new_policy(Requirement require, std::uint32_t change_signers);

// policy_signer_line gives a line of the signers file, for namespace git only. Fails with
// kMalformed for a principal that is a pattern, or that the file's grammar would take apart.
base::Result<std::string> policy_signer_line(std::string_view principal, const ssh::PublicKey& key,
                                             std::string_view comment);

// Each edit gives the text afterwards and fails, with kConfigInvalid and the place, when that would
// be no valid policy.

// add_policy_signer appends a line; kAlreadyExists when the key is there for that principal.
base::Result<PolicyText> add_policy_signer(const PolicyText& text, std::string_view principal,
                                           const ssh::PublicKey& key, std::string_view comment);
// replace_policy_signer puts a line with the new key in the place of the old key's line for the
// principal, and `evidence` of the new one in the place of the old one's where no line has the old
// key any more. kNotFound when there is no such line, kUnsupported when it names others as well, or
// the evidence is written so that it cannot be taken out.
base::Result<PolicyText> replace_policy_signer(const PolicyText& text, std::string_view principal,
                                               std::string_view old_fingerprint,
                                               const ssh::PublicKey& new_key,
                                               std::string_view comment,
                                               const std::optional<Evidence>& evidence = {});
// add_policy_revocation appends a [[revoked]] table; kAlreadyExists when the key has one.
base::Result<PolicyText> add_policy_revocation(const PolicyText& text,
                                               const Revocation& revocation);
// add_policy_evidence appends an [[evidence]] table; kAlreadyExists when the key has one.
base::Result<PolicyText> add_policy_evidence(const PolicyText& text, const Evidence& evidence);

// parse_policy_time reads a time as policy.toml has it, "2026-03-31T08:00:00Z", into Unix seconds.
// Fails with kMalformed.
base::Result<std::uint64_t> parse_policy_time(std::string_view text);
// policy_time gives the same in UTC.
std::string policy_time(std::uint64_t seconds);

}  // namespace touchstone::git
