// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/policy_explain.h"

#include <algorithm>
#include <vector>

#include <boost/json/array.hpp>

#include "agent/cli/format.h"
#include "base/text.h"
#include "git-integration/policy/policy_edit.h"
#include "git-integration/policy/policy_signers.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

std::string needs(git::Requirement require) {
  switch (require) {
    case git::Requirement::kNothing:
      return "nothing, not even a signature";
    case git::Requirement::kSignature:
      return "a signature of an enrolled key, touched or not";
    case git::Requirement::kBatch:
      return "a touch, or a place in a touched batch";
    case git::Requirement::kTouch:
      return "a touch";
    case git::Requirement::kTouchPin:
      return "a touch and the PIN";
  }
  return "";
}

std::string joined(const std::vector<std::string>& parts, std::string_view otherwise) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  return text.empty() ? std::string(otherwise) : text;
}

json::array array_of(const std::vector<std::string>& parts) {
  json::array list;
  for (const std::string& part : parts) {
    list.emplace_back(part);
  }
  return list;
}

std::string committer(const git::RefRule& rule) {
  const std::string who = rule.any_committer ? "anybody" : "the signer";
  return rule.any_author ? who : who + ", written by the signer";
}

std::string state_of(const git::RepositoryPolicy& policy, const ssh::AllowedSigner& line) {
  const std::string fingerprint = line.key.fingerprint();
  std::string text;
  if (line.cert_authority) {
    text = "CA";
  } else if (const git::NamedIdentity* identity = policy.identity_of(fingerprint)) {
    text = std::string(git::to_word(identity->kind)) + " " + identity->name;
  } else {
    text = "person";
  }
  if (line.valid_after.has_value()) {
    text += ", from " + git::policy_time(*line.valid_after);
  }
  if (line.valid_before.has_value()) {
    text += ", until " + git::policy_time(*line.valid_before);
  }
  if (std::any_of(policy.evidence.begin(), policy.evidence.end(),
                  [&](const git::Evidence& one) { return one.fingerprint == fingerprint; })) {
    text += ", with evidence";
  }
  if (const git::Revocation* revocation = policy.revocation_of(fingerprint)) {
    text += ", revoked since " + git::policy_time(revocation->since) + ": " + revocation->reason;
  }
  return text;
}

json::object json_of(const git::RefRule& rule) {
  return {{"kind", "ref"},
          {"pattern", rule.pattern},
          {"require", git::to_word(rule.require)},
          {"any_committer", rule.any_committer},
          {"any_author", rule.any_author}};
}

json::object json_of(const git::PathRule& rule) {
  return {{"kind", "path"},
          {"pattern", rule.pattern},
          {"require", git::to_word(rule.require)},
          {"signers", array_of(rule.signers)}};
}

json::object json_of(const git::NamedIdentity& identity) {
  return {{"kind", "identity"},
          {"name", identity.name},
          {"identity", git::to_word(identity.kind)},
          {"key", identity.fingerprint},
          {"require", git::to_word(identity.require)},
          {"refs", array_of(identity.refs)},
          {"paths", array_of(identity.paths)},
          {"merges_only", identity.merges_only}};
}

// default_rule is what holds where no ref rule matches, in the form of one.
git::RefRule default_rule(const git::RepositoryPolicy& policy) {
  return {"every other ref", policy.require, policy.any_committer, policy.any_author};
}

void print_json(Console& console, const git::RepositoryPolicy& policy) {
  console.out(json_line({{"kind", "policy"},
                         {"digest", policy.digest},
                         {"require", git::to_word(policy.require)},
                         {"any_committer", policy.any_committer},
                         {"any_author", policy.any_author},
                         {"webauthn", policy.touch.webauthn},
                         {"require_evidence", policy.touch.attested.has_value()},
                         {"batch_max", policy.batch_max},
                         {"change_signers", policy.change_signers},
                         {"change_require", git::to_word(policy.change_require)}}));
  for (const git::RefRule& rule : policy.refs) {
    console.out(json_line(json_of(rule)));
  }
  for (const git::PathRule& rule : policy.paths) {
    console.out(json_line(json_of(rule)));
  }
  for (const git::NamedIdentity& identity : policy.identities) {
    console.out(json_line(json_of(identity)));
  }
  for (const ssh::AllowedSigner& line : policy.signers.signers()) {
    console.out(json_line({{"kind", "signer"},
                           {"principals", line.principals},
                           {"key", line.key.fingerprint()},
                           {"line", line.line_number},
                           {"state", state_of(policy, line)}}));
  }
  for (const git::Revocation& revocation : policy.revocations) {
    console.out(json_line({{"kind", "revoked"},
                           {"key", revocation.fingerprint},
                           {"since", git::policy_time(revocation.since)},
                           {"reason", revocation.reason}}));
  }
  for (const git::Evidence& evidence : policy.evidence) {
    console.out(json_line({{"kind", "evidence"},
                           {"key", evidence.fingerprint},
                           {"sha256", evidence.digest},
                           {"class", git::to_word(git::Presence{evidence.presence, 0, 0})}}));
  }
}

void print_identity(Console& console, const git::NamedIdentity& identity) {
  console.out(
      "\n" + std::string(git::to_word(identity.kind)) + " " + shown(identity.name) +
      " may commit to " + shown(joined(identity.refs, "nothing")) +
      (identity.merges_only ? ", merges only" : "") +
      (identity.paths.empty() ? "" : ", changing only " + shown(joined(identity.paths, ""))) +
      "; it takes " + needs(identity.require) + "\n");
}

}  // namespace

void explain_policy(Console& console, const git::RepositoryPolicy& policy, bool as_json) {
  if (as_json) {
    print_json(console, policy);
    return;
  }
  Table refs({"REF", "A COMMIT TAKES", "COMMITTED BY"});
  for (const git::RefRule& rule : policy.refs) {
    refs.add({shown(rule.pattern), needs(rule.require), committer(rule)});
  }
  const git::RefRule other = default_rule(policy);
  refs.add({other.pattern, needs(other.require), committer(other)});
  refs.print(console);
  Table paths({"PATH", "A CHANGE TAKES", "BY"});
  for (const git::PathRule& rule : policy.paths) {
    paths.add({shown(rule.pattern), needs(rule.require), shown(joined(rule.signers, "anyone"))});
  }
  if (!paths.empty()) {
    console.out("\n");
  }
  paths.print(console);
  for (const git::NamedIdentity& identity : policy.identities) {
    print_identity(console, identity);
  }
  Table signers({"PRINCIPALS", "KEY", "WHO"});
  for (const ssh::AllowedSigner& line : policy.signers.signers()) {
    signers.add({shown(line.principals), line.key.fingerprint(), shown(state_of(policy, line))});
  }
  console.out("\n");
  signers.print(console);
  console.out("\nA change of the policy takes " + needs(policy.change_require) + " of " +
              std::to_string(policy.change_signers) +
              (policy.change_signers == 1 ? " person" : " people") + "; " +
              std::to_string(git::people_who_count(policy)) + " can.\n");
  console.out(policy.batch_max == 0 ? "Batches are not accepted.\n"
                                    : "Batches are accepted up to " +
                                          base::counted(policy.batch_max, "commit") + ".\n");
  console.out(policy.touch.attested
                  ? "A touch counts by keys with evidence only.\n"
                  : "A touch counts by every key, also without evidence that it is in a token.\n");
  console.out(policy.touch.webauthn ? "Signatures made in a browser (webauthn) count.\n"
                                    : "Signatures made in a browser (webauthn) prove no touch.\n");
  console.out("Digest: " + policy.digest + "\n");
}

void explain_ref(Console& console, const git::RepositoryPolicy& policy, const std::string& ref,
                 bool as_json) {
  const git::RefRule* found = policy.rule_for(ref);
  const git::RefRule rule = found != nullptr ? *found : default_rule(policy);
  std::vector<const git::NamedIdentity*> identities;
  for (const git::NamedIdentity& identity : policy.identities) {
    if (std::any_of(identity.refs.begin(), identity.refs.end(),
                    [&](const std::string& pattern) { return ssh::match_pattern(ref, pattern); })) {
      identities.push_back(&identity);
    }
  }
  if (as_json) {
    console.out(json_line(json_of(rule)));
    for (const git::NamedIdentity* identity : identities) {
      console.out(json_line(json_of(*identity)));
    }
    return;
  }
  console.out(shown(ref) + ": a commit takes " + needs(rule.require) + ", committed by " +
              committer(rule) + "\n" +
              (found != nullptr
                   ? "because [[ref]] " + shown(rule.pattern) + " is the first that matches\n"
                   : "because no [[ref]] matches, and [policy] says so\n"));
  for (const git::NamedIdentity* identity : identities) {
    print_identity(console, *identity);
  }
}

void explain_path(Console& console, const git::RepositoryPolicy& policy, const std::string& path,
                  bool as_json) {
  bool any = false;
  for (const git::PathRule& rule : policy.paths) {
    if (!ssh::match_pattern(path, rule.pattern)) {
      continue;
    }
    any = true;
    console.out(as_json ? json_line(json_of(rule))
                        : shown(path) + ": a change takes " + needs(rule.require) + " by " +
                              shown(joined(rule.signers, "anyone")) + ", because of [[path]] " +
                              shown(rule.pattern) + "\n");
  }
  if (!any && !as_json) {
    console.out(shown(path) + ": no [[path]] matches, the ref decides alone\n");
  }
}

}  // namespace touchstone::agent::cli
