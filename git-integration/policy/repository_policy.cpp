// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/repository_policy.h"

#include <algorithm>
#include <array>
#include <utility>

namespace touchstone::git {
namespace {

constexpr std::array kRequirements = {
    std::pair{Requirement::kNothing, std::string_view("nothing")},
    std::pair{Requirement::kSignature, std::string_view("signature")},
    std::pair{Requirement::kBatch, std::string_view("batch")},
    std::pair{Requirement::kTouch, std::string_view("touch")},
    std::pair{Requirement::kTouchPin, std::string_view("touch+pin")},
};

template <class List>
auto find_fingerprint(const List& list, std::string_view fingerprint) -> decltype(list.data()) {
  const auto found = std::find_if(list.begin(), list.end(), [fingerprint](const auto& one) {
    return one.fingerprint == fingerprint;
  });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_word(Requirement requirement) {
  const auto* found =
      std::find_if(kRequirements.begin(), kRequirements.end(),
                   [requirement](const auto& row) { return row.first == requirement; });
  return found == kRequirements.end() ? "touch+pin" : found->second;
}

base::Result<Requirement> requirement_named(std::string_view word) {
  const auto* found = std::find_if(kRequirements.begin(), kRequirements.end(),
                                   [word](const auto& row) { return row.second == word; });
  if (found == kRequirements.end()) {
    return base::fail(base::Code::kConfigInvalid,
                      "takes \"nothing\", \"signature\", \"batch\", \"touch\" or \"touch+pin\", "
                      "not \"" +
                          std::string(word) + "\"");
  }
  return found->first;
}

bool fulfils(PresenceClass presence, Requirement requirement) {
  switch (presence) {
    case PresenceClass::kTouchPin:
    case PresenceClass::kQuorum:
      return true;
    case PresenceClass::kTouch:
    case PresenceClass::kDeviceTouch:
      return requirement <= Requirement::kTouch;
    case PresenceClass::kBatch:
      return requirement <= Requirement::kBatch;
    case PresenceClass::kNoTouch:
      return requirement <= Requirement::kSignature;
    case PresenceClass::kUnsigned:
      return requirement == Requirement::kNothing;
    case PresenceClass::kBad:
      return false;
  }
  return false;
}

std::string_view to_word(IdentityKind kind) {
  switch (kind) {
    case IdentityKind::kBot:
      return "bot";
    case IdentityKind::kForge:
      return "forge";
  }
  return "bot";
}

const NamedIdentity* RepositoryPolicy::identity_of(std::string_view fingerprint) const {
  return find_fingerprint(identities, fingerprint);
}

const Revocation* RepositoryPolicy::revocation_of(std::string_view fingerprint) const {
  return find_fingerprint(revocations, fingerprint);
}

const RefRule* RepositoryPolicy::rule_for(std::string_view ref) const {
  if (ref.empty()) {
    return nullptr;
  }
  const auto found = std::find_if(refs.begin(), refs.end(), [ref](const RefRule& rule) {
    return ssh::match_pattern(ref, rule.pattern);
  });
  return found == refs.end() ? nullptr : &*found;
}

base::Result<RepositoryPolicy> parse_repository_policy(std::string_view policy_toml,
                                                       std::string_view signers) {
  PolicyReading reading = read_repository_policy(policy_toml, signers);
  if (!reading.problems.empty()) {
    return base::fail(std::move(reading.problems.front()));
  }
  return std::move(reading.policy);
}

bool needs_paths(const RepositoryPolicy& policy) {
  return !policy.paths.empty() ||
         std::any_of(policy.identities.begin(), policy.identities.end(),
                     [](const NamedIdentity& identity) { return !identity.paths.empty(); });
}

bool needs_times(const RepositoryPolicy& policy) {
  const auto& lines = policy.signers.signers();
  return !policy.revocations.empty() ||
         std::any_of(lines.begin(), lines.end(), [](const ssh::AllowedSigner& line) {
           return line.cert_authority || line.valid_after || line.valid_before;
         });
}

}  // namespace touchstone::git
