// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/policy_change.h"

#include <set>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/policy/policy_signers.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::size_t kDigestHex = 64;

// Supporter is a person of the old policy who signed for the change.
struct Supporter {
  std::uint32_t person{kNobody};
  std::string fingerprint;
  std::string name;
};

// Supporters counts people. A key counts once as well: with a certificate it could be in the line
// of its CA beside its own.
class Supporters {
 public:
  bool add(const Supporter& one) {
    if (people_.contains(one.person) || keys_.contains(one.fingerprint)) {
      return false;
    }
    people_.insert(one.person);
    keys_.insert(one.fingerprint);
    return true;
  }
  std::size_t count() const { return people_.size(); }

 private:
  std::set<std::uint32_t> people_;
  std::set<std::string> keys_;
};

PresenceClass presence_of(const ssh::SshSig& sig) {
  if (!check_presence(sig)) {
    return PresenceClass::kNoTouch;
  }
  return sig.signature.sk()->user_verification() ? PresenceClass::kTouchPin : PresenceClass::kTouch;
}

Result<Supporter> supporter_of(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                               PresenceClass presence, bool webauthn, const KeyTimes& times,
                               const std::vector<Revocation>& newest) {
  if (const NamedIdentity* identity = policy.identity_of(key.fingerprint())) {
    return fail(Code::kNotPermitted, std::string(to_word(identity->kind)) + " " + identity->name +
                                         " may not change the policy");
  }
  TRY_VOID(check_not_revoked(policy, newest, key, times));
  TRY(name, find_signer(policy, key, std::nullopt, times));
  if (policy.change_require > Requirement::kSignature) {
    TRY_VOID(check_touch_rules(policy.touch, key.fingerprint(), webauthn));
  }
  if (!fulfils(presence, policy.change_require)) {
    return fail(Code::kBelowPolicy, std::string(to_word(policy.change_require)) +
                                        " is demanded, the signature proves " +
                                        to_word(Presence{presence, 0, 0}));
  }
  return Supporter{person_of(policy, key), key.fingerprint(), std::move(name)};
}

Result<Supporter> read_approval(const RepositoryPolicy& policy, const PolicyApproval& approval,
                                std::string_view statement, const KeyTimes& times,
                                const std::vector<Revocation>& newest) {
  TRY(sig, read_signature(approval.armored, kPolicyNamespace));
  if (sig.hash != ssh::SshSigHash::kSha512) {
    return fail(Code::kMalformed, "hash " + std::string(name_of(sig.hash)) + ", not sha512");
  }
  TRY_VOID(verify_message(sig, kPolicyNamespace, base::as_bytes(statement))
               .with_context("not over this change"));
  TRY_VOID(check_certificate(sig));
  return supporter_of(policy, sig.key, presence_of(sig), sig.signature.webauthn().has_value(),
                      times, newest);
}

// own_signer gives the commit's signer, who answers for the change.
Result<Supporter> own_signer(const RepositoryPolicy& policy, const Candidate& commit,
                             const std::vector<Revocation>& newest) {
  const std::string rule =
      "[change]: " + std::string(to_word(policy.change_require)) + " is demanded";
  if (commit.presence == PresenceClass::kUnsigned) {
    return fail(Code::kUnsigned, rule);
  }
  if (commit.key == nullptr || commit.presence == PresenceClass::kBad) {
    return fail(Code::kPolicyChange, "the commit's signature is of no use");
  }
  auto supporter =
      supporter_of(policy, *commit.key, commit.presence, commit.webauthn, times_of(commit), newest);
  return supporter ? std::move(supporter) : std::move(supporter).with_context("[change]");
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? std::string() : std::string(between)) + part;
  }
  return text;
}

}  // namespace

std::string policy_change_statement(std::string_view old_digest, std::string_view new_digest) {
  std::string text = "touchstone policy change v1\nfrom ";
  text += old_digest;
  text += "\nto ";
  text += new_digest.empty() ? std::string_view("none") : new_digest;
  return text + "\n";
}

Result<PolicyChangeStatement> parse_policy_change_statement(base::ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto malformed = [] {
    return fail(Code::kMalformed, "not the statement of a policy's change");
  };
  Lines lines(base::as_text(bytes));
  const auto title = lines.next();
  const auto from = strip_prefix(lines.next().value_or(""), "from ");
  const auto to = strip_prefix(lines.next().value_or(""), "to ");
  if (!title || !from || !to) {
    return malformed();
  }
  PolicyChangeStatement statement{std::string(*from), *to == "none" ? "" : std::string(*to)};
  for (const std::string& digest : {statement.from, statement.to}) {
    const bool is_hex =
        digest.size() == kDigestHex && digest.find_first_not_of(kDigits) == std::string::npos;
    if (!is_hex && !(digest.empty() && *to == "none")) {
      return malformed();
    }
  }
  if (statement.from.empty() ||
      policy_change_statement(statement.from, statement.to) != base::as_text(bytes)) {
    return malformed();
  }
  return statement;
}

PolicyChangeJudgement judge_policy_change(const RepositoryPolicy& old_policy,
                                          std::string_view new_digest, const Candidate& commit,
                                          const std::vector<PolicyApproval>& approvals,
                                          const std::vector<Revocation>& revocations) {
  PolicyChangeJudgement result;
  if (approvals.size() > kPolicyApprovalsMax) {
    result.problems.push_back({Code::kTooLong, 0,
                               std::string(kPolicyApprovalsFolder) + ": limit " +
                                   std::to_string(kPolicyApprovalsMax) + " files"});
    return result;
  }
  Supporters people;
  std::vector<std::string> not_counted;
  auto own = own_signer(old_policy, commit, revocations);
  if (own) {
    people.add(*own);
    result.signers.push_back(std::move(own->name));
  } else {
    result.problems.push_back(std::move(own.error()));
  }
  const std::string statement = policy_change_statement(old_policy.digest, new_digest);
  for (const PolicyApproval& approval : approvals) {
    auto supporter = read_approval(old_policy, approval, statement, times_of(commit), revocations);
    if (!supporter) {
      not_counted.push_back(approval.name + " (" + base::message_of(supporter.error()) + ")");
    } else if (people.add(*supporter)) {
      result.signers.push_back(std::move(supporter->name));
    } else {
      not_counted.push_back(approval.name + " (the same person again)");
    }
  }
  if (people.count() < old_policy.change_signers) {
    std::string what = std::to_string(people.count()) + " of " +
                       std::to_string(old_policy.change_signers) + " signers";
    what += result.signers.empty() ? "" : ": " + joined(result.signers, ", ");
    what += not_counted.empty() ? "" : "; not counted: " + joined(not_counted, ", ");
    result.problems.push_back({Code::kPolicyChange, 0, std::move(what)});
  }
  return result;
}

}  // namespace touchstone::git
