// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "git-integration/policy/repository_policy.h"

namespace touchstone::git {

// policy_change_statement gives the bytes that approvers of a change sign, in namespace
// kPolicyNamespace, hash sha512:
//
//   touchstone policy change v1\nfrom HEXDIGEST\nto HEXDIGEST\n
//
// with the digests of RepositoryPolicy; an empty new_digest is written "none": the policy goes.
std::string policy_change_statement(std::string_view old_digest, std::string_view new_digest);

// PolicyChangeStatement is what such a statement says.
struct PolicyChangeStatement {
  std::string from;  // hex
  std::string to;    // hex, or empty: none
};
// parse_policy_change_statement takes exactly what policy_change_statement makes of two digests;
// kMalformed otherwise. For whoever shows what is to be signed.
base::Result<PolicyChangeStatement> parse_policy_change_statement(base::ByteView bytes);

// PolicyApproval is one file of kPolicyApprovalsFolder in the tree of the commit that makes the
// change.
struct PolicyApproval {
  std::string name;     // shown in problems
  std::string armored;  // an SSHSIG
};

// PolicyChangeJudgement says who stands behind a change of a policy, and what is missing.
struct PolicyChangeJudgement {
  std::vector<std::string> signers;   // one a person: the commit's own signer first
  std::vector<base::Error> problems;  // empty: the change is good
};

// judge_policy_change decides by the policy of a commit's parent whether the commit may put another
// in its place. The commit's own signer has to be a person of the old policy and its signature has
// to fulfil change_require; with the approvals there have to be change_signers people. An approval
// counts when it is canonical, verifies over the statement, is by a key of the old policy that is
// valid and not revoked (as for a commit received at the same time), and fulfils change_require.
// Keys of one person count once, identities not at all. Approvals that do not count are no problem
// by themselves; when people are missing, the problem (kPolicyChange) says why each did not.
//
// Which changes are judged is the caller's to say. At a merge the policy may be that of one parent
// while the other's was not changed since they parted: that is no change. Everything else is.
//
// Pure; thread-safe. More than kPolicyApprovalsMax approvals are a problem (kTooLong).
PolicyChangeJudgement judge_policy_change(const RepositoryPolicy& old_policy,
                                          std::string_view new_digest, const Candidate& commit,
                                          const std::vector<PolicyApproval>& approvals,
                                          const std::vector<Revocation>& revocations);

}  // namespace touchstone::git
