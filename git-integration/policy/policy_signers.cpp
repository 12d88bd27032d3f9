// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/policy_signers.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "git-integration/git_object.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// What a signer of the policy signs is git's objects; approvals of its changes are in a namespace
// of their own, but who may make them is said by the same lines.

// Union is a forest of disjoint sets.
class Union {
 public:
  explicit Union(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t root(std::size_t one) {
    while (parent_[one] != one) {
      parent_[one] = parent_[parent_[one]];
      one = parent_[one];
    }
    return one;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

bool lists(const ssh::PublicKey& key, std::string_view principal) {
  const auto& names = key.certificate()->principals;
  return std::find(names.begin(), names.end(), principal) != names.end();
}

// is_for says whether a line speaks of this principal, leaving times and namespaces aside.
bool is_for(const ssh::AllowedSigner& line, const ssh::PublicKey& key, std::string_view principal) {
  return ssh::match_pattern_list(principal, line.principals) &&
         (!line.cert_authority || lists(key, principal));
}

std::vector<std::uint64_t> moments(const KeyTimes& times) {
  return times.received ? std::vector{*times.received} : std::vector{times.claimed, times.now};
}

Status check_at(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                std::string_view principal, const KeyTimes& times) {
  for (const std::uint64_t moment : moments(times)) {
    TRY_VOID(policy.signers.check(key, principal, kGitNamespace, moment));
  }
  return {};
}

// candidates gives the principals that a key's lines name. A pattern stands for itself, as
// ssh-keygen prints it.
std::vector<std::string> candidates(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                                    const std::vector<std::size_t>& lines) {
  std::vector<std::string> names;
  for (const std::size_t index : lines) {
    const ssh::AllowedSigner& line = policy.signers.signers()[index];
    if (line.cert_authority) {
      const auto& certified = key.certificate()->principals;
      std::copy_if(certified.begin(), certified.end(), std::back_inserter(names),
                   [&](const std::string& name) { return is_for(line, key, name); });
      continue;
    }
    for (const std::string_view principal : principals_in(line.principals)) {
      if (!principal.starts_with('!')) {
        names.emplace_back(principal);
      }
    }
  }
  return names;
}

// why_not says why none of the lines lets `email` sign, nearest being ssh's own reason.
base::Error why_not(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                    const std::vector<std::size_t>& lines, std::optional<std::string_view> email,
                    const base::Error& nearest) {
  bool in_namespace = false;
  bool named = !email.has_value();
  for (const std::size_t index : lines) {
    const ssh::AllowedSigner& line = policy.signers.signers()[index];
    if (email.has_value() && !is_for(line, key, *email)) {
      continue;
    }
    named = true;
    in_namespace = in_namespace || !line.namespaces.has_value() ||
                   ssh::match_pattern_list(kGitNamespace, *line.namespaces);
  }
  const std::string file(kSignersFile);
  if (!named) {
    const ssh::AllowedSigner& line = policy.signers.signers()[lines.front()];
    return {Code::kCommitterMismatch, 0,
            file + ":" + std::to_string(line.line_number) + ": the committer is " +
                std::string(email.value_or("")) + ", the key is for " + line.principals};
  }
  return {in_namespace ? Code::kExpiredKey : Code::kUntrustedSigner, 0,
          file + ": " + nearest.context};
}

}  // namespace

KeyTimes times_of(const Candidate& candidate) {
  return {candidate.claimed_seconds, candidate.now_seconds, candidate.received_seconds};
}

std::vector<std::string_view> principals_in(std::string_view list) {
  std::vector<std::string_view> principals;
  while (true) {
    const std::size_t comma = list.find(',');
    principals.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) {
      return principals;
    }
    list.remove_prefix(comma + 1);
  }
}

bool is_pattern(std::string_view principal) {
  return principal.find_first_of("*?") != std::string_view::npos;
}

std::vector<std::size_t> lines_of(const ssh::AllowedSigners& signers, const ssh::PublicKey& key) {
  std::vector<std::size_t> lines;
  const auto& all = signers.signers();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool itself = !all[i].cert_authority && all[i].key == key;
    const bool its_ca = all[i].cert_authority && key.is_certificate() &&
                        base::equal(all[i].key.blob(), key.certificate()->ca_key);
    if (itself || its_ca) {
      lines.push_back(i);
    }
  }
  return lines;
}

std::uint32_t person_of(const RepositoryPolicy& policy, const ssh::PublicKey& key) {
  const auto lines = lines_of(policy.signers, key);
  return lines.empty() ? kNobody : policy.people.at(lines.front());
}

Result<std::string> find_signer(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                                std::optional<std::string_view> email, const KeyTimes& times) {
  return find_signer(policy, key, lines_of(policy.signers, key), email, times);
}

Result<std::string> find_signer(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                                const std::vector<std::size_t>& lines,
                                std::optional<std::string_view> email, const KeyTimes& times) {
  if (lines.empty()) {
    return fail(Code::kUntrustedSigner,
                std::string(kSignersFile) + ": no line has the key " + key.fingerprint());
  }
  if (email.has_value()) {
    const bool named = std::any_of(lines.begin(), lines.end(), [&](std::size_t index) {
      return is_for(policy.signers.signers()[index], key, *email);
    });
    if (!named) {
      return fail(why_not(policy, key, lines, email, {}));
    }
    const Status allowed = check_at(policy, key, *email, times);
    if (allowed) {
      return std::string(*email);
    }
    return fail(why_not(policy, key, lines, email, allowed.error()));
  }
  base::Error nearest{Code::kUntrustedSigner, 0, "the key is for nobody"};
  for (std::string& name : candidates(policy, key, lines)) {
    const Status allowed = check_at(policy, key, name, times);
    if (allowed) {
      return std::move(name);
    }
    nearest = allowed.error();
  }
  return fail(why_not(policy, key, lines, email, nearest));
}

Status check_not_revoked(const RepositoryPolicy& policy, const std::vector<Revocation>& newest,
                         const ssh::PublicKey& key, const KeyTimes& times) {
  std::vector<std::string> names{key.fingerprint()};
  if (key.is_certificate()) {
    TRY(authority, ssh::PublicKey::parse(key.certificate()->ca_key));
    names.push_back(authority.fingerprint());
  }
  for (const std::vector<Revocation>* list : {&policy.revocations, &newest}) {
    for (const Revocation& one : *list) {
      if (std::find(names.begin(), names.end(), one.fingerprint) == names.end()) {
        continue;
      }
      if (!times.received.has_value()) {
        return fail(Code::kRevokedKey, one.fingerprint + ": " + one.reason +
                                           ": no server's record says when this was received");
      }
      if (*times.received >= one.since) {
        return fail(Code::kRevokedKey, one.fingerprint + ": " + one.reason);
      }
    }
  }
  return {};
}

void group_people(RepositoryPolicy& policy) {
  const auto& lines = policy.signers.signers();
  // One more set than lines: everybody whom a pattern can stand for.
  const std::size_t anybody = lines.size();
  Union sets(lines.size() + 1);
  std::map<std::string, std::size_t, std::less<>> holders;
  // Whom a line for anybody can stand for: by pattern, of which there are few, or by name.
  std::set<std::string_view> patterns;
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    sets.join(i, holders.emplace(base::as_text(lines[i].key.blob()), i).first->second);
    for (const std::string_view principal : principals_in(lines[i].principals)) {
      if (is_pattern(principal) || lines[i].cert_authority) {
        sets.join(i, anybody);
        (is_pattern(principal) ? patterns : names).insert(principal);
      }
    }
  }
  std::map<std::string_view, std::size_t> named;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string_view principal : principals_in(lines[i].principals)) {
      const auto [holder, is_new] = named.emplace(principal, i);
      sets.join(i, holder->second);
      if (is_new && (names.contains(principal) ||
                     std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
                       return ssh::match_pattern(principal, pattern);
                     }))) {
        sets.join(i, anybody);
      }
    }
  }
  policy.people.clear();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool is_identity = policy.identity_of(lines[i].key.fingerprint()) != nullptr;
    policy.people.push_back(is_identity ? kNobody : static_cast<std::uint32_t>(sets.root(i)));
  }
}

namespace {

// can_change says whether a line's key can do what a change of the policy takes, as far as is known
// without a signature: a CA may certify any key, and a card's key has its class from its evidence.
bool can_change(const RepositoryPolicy& policy, const ssh::AllowedSigner& line) {
  if (line.namespaces && !ssh::match_pattern_list(kGitNamespace, *line.namespaces)) {
    return false;
  }
  if (policy.change_require <= Requirement::kSignature || line.cert_authority) {
    return true;
  }
  const std::string& fingerprint = line.key.fingerprint();
  const auto& evidence = policy.evidence;
  const bool card = std::any_of(evidence.begin(), evidence.end(), [&](const Evidence& one) {
    return one.fingerprint == fingerprint && one.presence == PresenceClass::kDeviceTouch;
  });
  const bool token =
      line.key.is_sk() && is_signing_application(line.key.application().value_or(""));
  return (token || card) && check_touch_rules(policy.touch, fingerprint, false).has_value();
}

}  // namespace

std::size_t people_who_count(const RepositoryPolicy& policy) {
  std::set<std::uint32_t> people;
  const auto& lines = policy.signers.signers();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (policy.people.at(i) != kNobody &&
        policy.revocation_of(lines[i].key.fingerprint()) == nullptr &&
        can_change(policy, lines[i])) {
      people.insert(policy.people.at(i));
    }
  }
  return people.size();
}

}  // namespace touchstone::git
