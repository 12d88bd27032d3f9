// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/policy_edit.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "git-integration/limits.h"
#include "git-integration/policy/policy_signers.h"
#include "git-integration/text_lines.h"
#include "git-integration/toml_document.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kCommentColumns = 80;

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out + "\"";
}

// on_own_line gives text that a line can be appended to.
std::string on_own_line(std::string text) {
  if (!text.empty() && text.back() != '\n') {
    text += '\n';
  }
  return text;
}

Result<PolicyText> checked(PolicyText text) {
  const auto parsed = parse_repository_policy(text.policy, text.signers);
  if (!parsed) {
    return fail(parsed.error());
  }
  return text;
}

std::string evidence_table(const Evidence& evidence) {
  return "\n[[evidence]]\nkey = " + toml_string(evidence.fingerprint) +
         "\nsha256 = " + toml_string(evidence.digest) +
         "\nclass = " + toml_string(to_word(Presence{evidence.presence, 0, 0})) + "\n";
}

// without_evidence takes out a key's [[evidence]]: its header and what follows up to an empty line
// or another header.
Result<std::string> without_evidence(const std::string& toml, std::string_view fingerprint) {
  TRY(document, parse_toml(toml, kPolicyFile, kPolicyFileMax));
  const TomlValue* const list = document.find("evidence");
  const auto is_its = [&](const TomlValue& one) {
    const TomlValue* const key = one.find("key");
    return key != nullptr && key->text == fingerprint;
  };
  const TomlValue* found = nullptr;
  if (list != nullptr) {
    const auto at = std::find_if(list->elements.begin(), list->elements.end(), is_its);
    found = at == list->elements.end() ? nullptr : &*at;
  }
  if (found == nullptr) {
    return toml;
  }
  std::string kept;
  bool inside = false;
  Lines lines(toml);
  for (std::size_t number = 1; const auto line = lines.next(); ++number) {
    if (number == found->line && !line->starts_with("[[evidence]]")) {
      return fail(Code::kUnsupported, std::string(kPolicyFile) + ":" + std::to_string(number) +
                                          " names the old key: edit it by hand");
    }
    inside = number == found->line || (inside && !line->empty() && !line->starts_with('['));
    kept += inside ? std::string() : std::string(*line) + "\n";
  }
  return kept;
}

}  // namespace

std::string new_policy(Requirement require, std::uint32_t change_signers) {
  std::string text =
      "# What a commit to this repository has to prove; read by touchstone verify and its hooks.\n"
      "# touchstone policy check reads it again, touchstone policy explain says what it means.\n"
      "version = 1\n\n[policy]\n# nothing, signature, batch, touch or touch+pin; where no [[ref]] "
      "says otherwise\nrequire = ";
  text += toml_string(to_word(require));
  text +=
      "\n# also: any_committer, any_author, webauthn, require_evidence\n\n[change]\n# how many "
      "people have to sign a change of these files\nsigners = ";
  return text + std::to_string(change_signers) + "\n";
}

Result<std::string> policy_signer_line(std::string_view principal, const ssh::PublicKey& key,
                                       std::string_view comment) {
  const bool plain = std::all_of(principal.begin(), principal.end(), [](char c) {
    return c > ' ' && c < '\x7f' && std::string_view(",*?!\"#").find(c) == std::string_view::npos;
  });
  if (principal.empty() || !plain || principal.size() > kPolicyPatternMax) {
    return fail(Code::kMalformed, "principal " + std::string(principal));
  }
  std::string line(principal);
  line += " namespaces=\"git\" " + key.line();
  if (!comment.empty()) {
    line += " " + base::escape_for_display(comment, kCommentColumns);
  }
  return line + "\n";
}

Result<PolicyText> add_policy_signer(const PolicyText& text, std::string_view principal,
                                     const ssh::PublicKey& key, std::string_view comment) {
  TRY(line, policy_signer_line(principal, key, comment));
  TRY(policy, parse_repository_policy(text.policy, text.signers));
  for (const std::size_t index : lines_of(policy.signers, key)) {
    if (ssh::match_pattern_list(principal, policy.signers.signers()[index].principals)) {
      return fail(Code::kAlreadyExists,
                  std::string(kSignersFile) + ":" +
                      std::to_string(policy.signers.signers()[index].line_number));
    }
  }
  return checked({text.policy, on_own_line(text.signers) + line});
}

Result<PolicyText> replace_policy_signer(const PolicyText& text, std::string_view principal,
                                         std::string_view old_fingerprint,
                                         const ssh::PublicKey& new_key, std::string_view comment,
                                         const std::optional<Evidence>& evidence) {
  TRY(line, policy_signer_line(principal, new_key, comment));
  TRY(policy, parse_repository_policy(text.policy, text.signers));
  const auto& all = policy.signers.signers();
  const auto old = std::find_if(all.begin(), all.end(), [&](const ssh::AllowedSigner& one) {
    return !one.cert_authority && one.key.fingerprint() == old_fingerprint &&
           ssh::match_pattern_list(principal, one.principals);
  });
  if (old == all.end()) {
    return fail(Code::kNotFound, std::string(kSignersFile) + ": " + std::string(old_fingerprint) +
                                     " for " + std::string(principal));
  }
  if (old->principals != principal) {
    return fail(Code::kUnsupported, std::string(kSignersFile) + ":" +
                                        std::to_string(old->line_number) + " is for " +
                                        old->principals + ": edit it by hand");
  }
  std::string signers;
  Lines lines(text.signers);
  for (std::size_t number = 1; const auto current = lines.next(); ++number) {
    signers += number == old->line_number ? line : std::string(*current) + "\n";
  }
  const bool still_there = std::any_of(all.begin(), all.end(), [&](const ssh::AllowedSigner& one) {
    return &one != &*old && !one.cert_authority && one.key.fingerprint() == old_fingerprint;
  });
  std::string toml = text.policy;
  if (!still_there) {
    TRY_ASSIGN(toml, without_evidence(text.policy, old_fingerprint));
  }
  if (evidence) {
    toml = on_own_line(std::move(toml)) + evidence_table(*evidence);
  }
  return checked({std::move(toml), std::move(signers)});
}

Result<PolicyText> add_policy_revocation(const PolicyText& text, const Revocation& revocation) {
  TRY(policy, parse_repository_policy(text.policy, text.signers));
  if (policy.revocation_of(revocation.fingerprint) != nullptr) {
    return fail(Code::kAlreadyExists,
                std::string(kPolicyFile) + ": [[revoked]] " + revocation.fingerprint);
  }
  std::string toml = on_own_line(text.policy) + "\n[[revoked]]\nkey = ";
  toml += toml_string(revocation.fingerprint);
  toml += "\nsince = " + policy_time(revocation.since);
  toml += "\nreason = " + toml_string(revocation.reason) + "\n";
  return checked({std::move(toml), text.signers});
}

Result<PolicyText> add_policy_evidence(const PolicyText& text, const Evidence& evidence) {
  TRY(policy, parse_repository_policy(text.policy, text.signers));
  if (std::any_of(policy.evidence.begin(), policy.evidence.end(),
                  [&](const Evidence& one) { return one.fingerprint == evidence.fingerprint; })) {
    return fail(Code::kAlreadyExists,
                std::string(kPolicyFile) + ": [[evidence]] " + evidence.fingerprint);
  }
  return checked({on_own_line(text.policy) + evidence_table(evidence), text.signers});
}

Result<std::uint64_t> parse_policy_time(std::string_view text) {
  const auto malformed = [text] {
    return fail(Code::kMalformed,
                "time " + std::string(text) + " (2026-03-31T08:00:00Z would be one)");
  };
  if (text.find_first_not_of("0123456789+-:.TtZz ") != std::string_view::npos) {
    return malformed();
  }
  const auto document = parse_toml("time = " + std::string(text) + "\n", "time", kPolicyReasonMax);
  const TomlValue* time = document ? document->find("time") : nullptr;
  if (time == nullptr || !time->seconds.has_value()) {
    return malformed();
  }
  return *time->seconds;
}

std::string policy_time(std::uint64_t seconds) {
  const std::string text =
      base::to_rfc3339(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
  return text.substr(0, text.find('.')) + "Z";
}

}  // namespace touchstone::git
