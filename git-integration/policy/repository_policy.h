// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "git-integration/presence.h"
#include "ssh/allowed_signers.h"

namespace touchstone::git {

// Where a repository keeps its policy, in every commit's tree (docs/repository-policy.md).
constexpr std::string_view kPolicyFolder = ".touchstone";
constexpr std::string_view kPolicyFile = ".touchstone/policy.toml";
constexpr std::string_view kSignersFile = ".touchstone/signers";
// What other signers of the policy say to a change of it, one SSHSIG a file.
constexpr std::string_view kPolicyApprovalsFolder = ".touchstone/approvals";
constexpr std::string_view kPolicyNamespace = "touchstone-policy-v1";

// Requirement is the least a rule accepts. In rising order: what fulfils one fulfils those before.
enum class Requirement : std::uint8_t {
  kNothing,    // "nothing": unsigned too
  kSignature,  // "signature": a valid signature of an enrolled key, also `no-touch`
  kBatch,      // "batch": named in a touched manifest
  kTouch,      // "touch": touch, touch+pin, device-touch, quorum
  kTouchPin,   // "touch+pin": touch+pin, quorum
};
std::string_view to_word(Requirement requirement);
// requirement_named fails with kConfigInvalid and the words there are.
base::Result<Requirement> requirement_named(std::string_view word);
// fulfils is false for `bad`, whatever is asked.
bool fulfils(PresenceClass presence, Requirement requirement);

struct RefRule {
  std::string pattern;  // of whole ref names: "refs/heads/release/*"; * also matches '/'
  Requirement require{Requirement::kTouch};
  bool any_committer{false};  // the committer need not be the signer
  bool any_author{true};      // nor the author
};

struct PathRule {
  std::string pattern;  // of paths from the top: "release/*"; * also matches '/'
  Requirement require{Requirement::kTouchPin};
  std::vector<std::string> signers;  // principals who may; empty: everybody the ref rule lets
};

enum class IdentityKind : std::uint8_t { kBot, kForge };
std::string_view to_word(IdentityKind kind);

// NamedIdentity is a key that is nobody's finger: a bot, or a forge that makes merge commits.
struct NamedIdentity {
  std::string name;  // shown as the signer
  IdentityKind kind{IdentityKind::kBot};
  std::string fingerprint;  // "SHA256:…"; the key itself is a line of the signers file
  Requirement require{Requirement::kSignature};  // what its commits have to be
  std::vector<std::string> refs;                 // patterns where it may commit; never empty
  std::vector<std::string>
      paths;  // all paths a commit of it changes match one of these; empty: any
  bool merges_only{false};
};

struct Revocation {
  std::string fingerprint;
  std::uint64_t since{0};  // Unix seconds; compared with the time a server received a commit
  std::string reason;      // never empty
};

// Evidence ties a key to the attestation made when it was generated, which those who signed the
// policy looked at: with require_evidence a touch is believed of no other key.
struct Evidence {
  std::string fingerprint;
  std::string digest;  // hex SHA-256 of the attestation file
  // What the attestation says of the key: a card's touch is `device-touch`.
  PresenceClass presence{PresenceClass::kTouch};
};

// kNobody is the person of a line that is no person's: an identity's key.
constexpr std::uint32_t kNobody = UINT32_MAX;

// RepositoryPolicy is what one commit's tree says about the commits that follow it.
struct RepositoryPolicy {
  // Hex SHA-256 of "policy.toml HEX\nsigners HEX\n", HEX being that of each file as stored.
  std::string digest;
  Requirement require{Requirement::kTouch};  // where no ref rule matches
  bool any_committer{false};
  bool any_author{true};
  std::vector<RefRule> refs;    // the first that matches decides
  std::vector<PathRule> paths;  // all that match apply
  std::vector<NamedIdentity> identities;
  std::vector<Revocation> revocations;
  std::vector<Evidence> evidence;
  // From webauthn, require_evidence and the evidence.
  TouchRules touch;
  std::uint32_t batch_max{0};       // 0: batches are not accepted
  std::uint32_t change_signers{1};  // k distinct people for a change of the policy
  Requirement change_require{Requirement::kTouch};
  ssh::AllowedSigners signers;
  // The person behind each line of signers. Lines that share a principal or a key are one person,
  // and so are all lines with patterns, with everybody they match: such a key can sign as any.
  std::vector<std::uint32_t> people;

  const NamedIdentity* identity_of(std::string_view fingerprint) const;
  const Revocation* revocation_of(std::string_view fingerprint) const;
  // rule_for gives the rule of a full ref name, or null: the policy's own require decides.
  const RefRule* rule_for(std::string_view ref) const;
};

// PolicyReading is a policy and everything that is wrong with it.
struct PolicyReading {
  RepositoryPolicy policy;
  // kConfigInvalid or kTooLong with file and line in front, at most kPolicyProblemsMax.
  std::vector<base::Error> problems;
};

// read_repository_policy takes both files as they are stored and goes on after a problem, for
// `touchstone policy check`. Pure; every length and count has a limit in limits.h.
PolicyReading read_repository_policy(std::string_view policy_toml, std::string_view signers);

// parse_repository_policy fails with the first problem. Unknown keys, other versions and
// contradictions are problems: a policy that is not understood accepts nothing.
base::Result<RepositoryPolicy> parse_repository_policy(std::string_view policy_toml,
                                                       std::string_view signers);

// Candidate is a commit as a policy sees it. Everything in it was verified, but for the times.
struct Candidate {
  std::string_view id;
  std::string_view ref;  // full name it is for; empty: not known, each rule for refs has to let it
  std::string_view committer_email;
  std::optional<std::string_view> author_email;  // of a commit
  std::size_t parents{0};
  const ssh::PublicKey* key{nullptr};  // null: unsigned, or no SSH key that was read
  PresenceClass presence{PresenceClass::kUnsigned};
  bool webauthn{false};                           // the signature was made in a browser
  std::uint32_t batch_size{0};                    // N of a batch n/N
  std::uint64_t claimed_seconds{0};               // committer date, anybody's choice
  std::optional<std::uint64_t> received_seconds;  // from the push log
  std::uint64_t now_seconds{0};
  const std::vector<std::string>* changed_paths{nullptr};  // null: not looked up (no rule asks)
};

// Judgement says who signed by this policy, and every way in which the commit falls short of it.
struct Judgement {
  std::string signer;                 // principal or identity name; empty: nobody we know
  std::vector<base::Error> problems;  // empty: accepted
  std::string_view identity{};        // "bot" or "forge" when it is one's; empty: a person's
  // Why the policy does not believe the touch (kWebauthn, kNoEvidence): the signature is
  // `no-touch`.
  std::optional<base::Error> disbelief{};
};

// judge_by_policy decides about one commit by one policy: signer, presence, committer, ref and path
// rules, identities, validity. `revocations` are those of the newest policy known, which count
// beside the policy's own. Pure; thread-safe.
//
//   kUnsigned           a signature is asked for and there is none
//   kBadSignature       presence is `bad`
//   kUntrustedSigner    the key is in no line of signers, or not for namespace git
//   kCommitterMismatch  it is, but for other principals than the committer
//   kAuthorMismatch     or than the author, where that is asked; forges commit what others wrote
//   kExpiredKey         not inside the line's times when it was received; without a known time of
//                       receipt, not inside them both at the claimed time and now
//   kRevokedKey         and not known to have been received before that
//   kNotPermitted       an identity outside its refs, paths or merges; a path kept for others
//   kBelowPolicy        less presence than a rule asks for
//   kNoEvidence         likewise, because the key has no evidence
//   kWebauthn           likewise, because it was made in a browser
//   kBatchRefused       a batch, and batches are not accepted or not so large
//
// Where every rule that applies asks for nothing, it does not matter whose the signature is, unless
// the key is revoked.
Judgement judge_by_policy(const RepositoryPolicy& policy, const Candidate& candidate,
                          const std::vector<Revocation>& revocations);

// needs_paths says whether any rule asks what a commit changes.
bool needs_paths(const RepositoryPolicy& policy);
// needs_times says whether any answer depends on when something was received: there is a
// revocation, a line with a time limit, or a CA, whose certificates have theirs.
bool needs_times(const RepositoryPolicy& policy);

}  // namespace touchstone::git
