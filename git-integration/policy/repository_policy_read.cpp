// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "git-integration/limits.h"
#include "git-integration/policy/policy_fields.h"
#include "git-integration/policy/policy_signers.h"
#include "git-integration/policy/repository_policy.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

constexpr std::int64_t kPolicyVersion = 1;
constexpr std::size_t kHexSha256 = 64;

// Reader reads both files into a policy.
class Reader final {
 public:
  Reader(std::string_view policy_toml, std::string_view signers)
      : toml_(policy_toml), signers_(signers) {}

  PolicyReading run();

 private:
  void read_signers();
  void read_line(const ssh::AllowedSigner& line);
  void check_times_have_zones();
  void read_document(const TomlValue& document);
  void read_defaults(const TomlValue& table);
  void read_ref(const TomlValue& table);
  void read_path(const TomlValue& table);
  void read_identity(const TomlValue& table);
  void read_revocation(const TomlValue& table);
  void read_evidence(const TomlValue& table);
  void read_batch(const TomlValue& table);
  void read_change(const TomlValue& table);
  // The rules as a whole, once every one was read.
  void check_ref_order(const TomlValue& document);
  void check_batch(const TomlValue& document);
  void check_people(const TomlValue& document);

  template <class Read>
  void each(const TomlValue& document, std::string_view key, std::size_t max, Read read);
  bool in_signers(std::string_view fingerprint) const;
  bool is_principal(std::string_view name) const;

  std::string_view toml_;
  std::string_view signers_;
  RepositoryPolicy policy_;
  PolicyProblems problems_;
  bool signers_read_{false};
  std::set<std::string, std::less<>> fingerprints_;
  std::set<std::string, std::less<>> principals_;
  std::vector<std::string> pattern_lists_;
  std::size_t patterns_{0};
};

std::string digest_of(std::string_view policy_toml, std::string_view signers) {
  const auto hex = [](std::string_view text) {
    return base::to_hex(base::sha256(base::as_bytes(text)));
  };
  return hex("policy.toml " + hex(policy_toml) + "\nsigners " + hex(signers) + "\n");
}

bool is_hex_digest(std::string_view text) {
  return text.size() == kHexSha256 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// covers says whether whatever `later` matches is matched by `earlier` too: it matches with the
// stars of later standing for nothing, and for something that no other pattern spells out.
bool covers(std::string_view earlier, std::string_view later) {
  std::string nothing;
  std::string something;
  for (const char c : later) {
    nothing += c == '*' ? std::string() : c == '?' ? "\x01" : std::string(1, c);
    something += c == '*' ? "\x01\x02" : c == '?' ? "\x01" : std::string(1, c);
  }
  return ssh::match_pattern(nothing, earlier) && ssh::match_pattern(something, earlier);
}

template <class List, class Member>
bool has(const List& list, Member member, std::string_view value) {
  return std::any_of(list.begin(), list.end(),
                     [&](const auto& one) { return one.*member == value; });
}

bool Reader::in_signers(std::string_view fingerprint) const {
  return fingerprints_.contains(fingerprint);
}

bool Reader::is_principal(std::string_view name) const {
  return principals_.contains(name) ||
         std::any_of(pattern_lists_.begin(), pattern_lists_.end(),
                     [&](const std::string& list) { return ssh::match_pattern_list(name, list); });
}

void Reader::read_line(const ssh::AllowedSigner& line) {
  const auto principals = principals_in(line.principals);
  if (!line.cert_authority) {
    fingerprints_.insert(line.key.fingerprint());
  }
  const auto patterns =
      static_cast<std::size_t>(std::count_if(principals.begin(), principals.end(), is_pattern));
  patterns_ += patterns;
  if (patterns_ > kPolicyPatternsMax) {
    problems_.at_line(line.line_number,
                      "more patterns in the file than " + std::to_string(kPolicyPatternsMax));
  } else if (patterns != 0) {
    pattern_lists_.push_back(line.principals);
  } else {
    principals_.insert(principals.begin(), principals.end());
  }
  if (principals.size() > kPolicyListMax) {
    problems_.at_line(line.line_number, "more principals than " + std::to_string(kPolicyListMax));
  }
  for (const std::string_view principal : principals) {
    if (principal.empty()) {
      problems_.at_line(line.line_number, "an empty principal");
    } else if (principal.size() > kPolicyPatternMax) {
      problems_.at_line(line.line_number,
                        "a principal longer than " + std::to_string(kPolicyPatternMax) + " bytes");
    }
  }
}

// check_times_have_zones refuses valid-after and valid-before in local time: everybody has to judge
// alike.
void Reader::check_times_have_zones() {
  Lines lines(signers_);
  for (std::size_t number = 1; const auto line = lines.next(); ++number) {
    std::string lower(*line);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (lower.find_first_not_of(" \t") == lower.find('#')) {
      continue;
    }
    for (const std::string_view option : {"valid-after=\"", "valid-before=\""}) {
      for (std::size_t at = lower.find(option); at != std::string::npos;
           at = lower.find(option, at + 1)) {
        const std::string_view rest = std::string_view(lower).substr(at + option.size());
        const std::string_view value = rest.substr(0, rest.find('"'));
        if (!value.ends_with('z') && !value.ends_with("utc")) {
          problems_.at_line(number,
                            "a time without Z at its end is another one in every time zone");
        }
      }
    }
  }
}

void Reader::read_signers() {
  if (signers_.size() > kPolicySignersFileMax) {
    problems_.add({base::Code::kTooLong, 0,
                   std::string(kSignersFile) + ": limit " + std::to_string(kPolicySignersFileMax) +
                       " bytes"});
    return;
  }
  auto parsed = ssh::AllowedSigners::parse(signers_);
  if (!parsed) {
    problems_.add(std::move(parsed.error()).with_context(kSignersFile));
    return;
  }
  for (const ssh::AllowedSigners::Problem& problem : parsed->problems()) {
    problems_.at_line(problem.line_number, base::message_of(problem.error));
  }
  if (parsed->signers().size() > kPolicySignersMax) {
    problems_.add(
        {base::Code::kTooLong, 0,
         std::string(kSignersFile) + ": limit " + std::to_string(kPolicySignersMax) + " lines"});
    return;
  }
  std::size_t principals = 0;
  for (const ssh::AllowedSigner& line : parsed->signers()) {
    read_line(line);
    principals += principals_in(line.principals).size();
  }
  if (principals > kPolicyPrincipalsMax) {
    problems_.add({base::Code::kTooLong, 0,
                   std::string(kSignersFile) + ": limit " + std::to_string(kPolicyPrincipalsMax) +
                       " principals"});
    return;
  }
  check_times_have_zones();
  policy_.signers = std::move(*parsed);
  signers_read_ = policy_.signers.problems().empty();
}

template <class Read>
void Reader::each(const TomlValue& document, std::string_view key, std::size_t max, Read read) {
  const TomlValue* list = document.find(key);
  if (list == nullptr) {
    return;
  }
  const std::string name = "[[" + std::string(key) + "]]";
  if (list->kind != TomlKind::kArray) {
    problems_.at(*list, std::string(key) + " is written as " + name);
    return;
  }
  if (list->elements.size() > max) {
    problems_.at(*list, "more than " + std::to_string(max) + " of " + name);
    return;
  }
  for (const TomlValue& element : list->elements) {
    if (element.kind != TomlKind::kTable) {
      problems_.at(element, std::string(key) + " is written as " + name);
    } else {
      (this->*read)(element);
    }
  }
}

void Reader::read_defaults(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[policy]",
                      {"require", "any_committer", "any_author", "webauthn", "require_evidence"});
  policy_.require = fields.requirement("require").value_or(Requirement::kTouch);
  policy_.any_committer = fields.boolean("any_committer").value_or(false);
  policy_.any_author = fields.boolean("any_author").value_or(true);
  policy_.touch.webauthn = fields.boolean("webauthn").value_or(false);
  if (fields.boolean("require_evidence").value_or(false)) {
    policy_.touch.attested.emplace();
  }
}

void Reader::read_ref(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[[ref]]",
                      {"pattern", "require", "any_committer", "any_author"});
  RefRule rule;
  rule.pattern = fields.need_pattern("pattern").value_or("");
  rule.require = fields.requirement("require").value_or(policy_.require);
  rule.any_committer = fields.boolean("any_committer").value_or(policy_.any_committer);
  rule.any_author = fields.boolean("any_author").value_or(policy_.any_author);
  if (!rule.pattern.empty() && !rule.pattern.starts_with("refs/") &&
      !is_pattern(rule.pattern.substr(0, 1))) {
    fields.problem("pattern", "takes whole names: refs/heads/" + rule.pattern);
  }
  policy_.refs.push_back(std::move(rule));
}

void Reader::read_path(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[[path]]", {"pattern", "require", "signers"});
  PathRule rule;
  rule.pattern = fields.need_pattern("pattern").value_or("");
  rule.require = fields.requirement("require").value_or(Requirement::kTouchPin);
  rule.signers = fields.texts("signers", kPolicyPatternMax);
  for (const std::string& signer : rule.signers) {
    if (!is_principal(signer)) {
      fields.problem("signers",
                     signer + " is a principal of no line in " + std::string(kSignersFile));
    }
  }
  if (has(policy_.paths, &PathRule::pattern, rule.pattern)) {
    fields.problem("pattern", "has a rule already");
  }
  policy_.paths.push_back(std::move(rule));
}

void Reader::read_identity(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[[identity]]",
                      {"name", "kind", "key", "require", "refs", "paths", "merges_only"});
  NamedIdentity identity;
  identity.name = fields.need_text("name", kPolicyNameMax).value_or("");
  const auto kind = fields.need_text("kind", kPolicyNameMax);
  if (kind.has_value() && *kind != "bot" && *kind != "forge") {
    fields.problem("kind", "takes \"bot\" or \"forge\", not \"" + *kind + "\"");
  }
  identity.kind = kind == "forge" ? IdentityKind::kForge : IdentityKind::kBot;
  identity.fingerprint = fields.need_fingerprint("key").value_or("");
  identity.require = fields.requirement("require").value_or(Requirement::kSignature);
  identity.refs = fields.patterns("refs");
  identity.paths = fields.patterns("paths");
  identity.merges_only = fields.boolean("merges_only").value_or(false);
  if (identity.require == Requirement::kNothing) {
    fields.problem("require", "an identity is known by its signature: it takes one");
  }
  if (table.find("refs") == nullptr) {
    fields.problem("refs", "is not there, so that it could commit nowhere");
  }
  if (!identity.name.empty() && has(policy_.identities, &NamedIdentity::name, identity.name)) {
    fields.problem("name", "is another identity's");
  }
  if (!identity.fingerprint.empty()) {
    if (policy_.identity_of(identity.fingerprint) != nullptr) {
      fields.problem("key", "is another identity's");
    }
    if (!in_signers(identity.fingerprint)) {
      fields.problem("key", "is in no line of " + std::string(kSignersFile));
    }
  }
  policy_.identities.push_back(std::move(identity));
}

void Reader::read_revocation(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[[revoked]]", {"key", "since", "reason"});
  Revocation revocation;
  revocation.fingerprint = fields.need_fingerprint("key").value_or("");
  revocation.since = fields.need_time("since").value_or(0);
  revocation.reason = fields.need_text("reason", kPolicyReasonMax).value_or("");
  if (!revocation.fingerprint.empty() && policy_.revocation_of(revocation.fingerprint) != nullptr) {
    fields.problem("key", "is revoked already; keep the one with the earlier time");
  }
  policy_.revocations.push_back(std::move(revocation));
}

void Reader::read_evidence(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[[evidence]]", {"key", "sha256", "class"});
  Evidence evidence;
  evidence.fingerprint = fields.need_fingerprint("key").value_or("");
  evidence.digest = fields.need_text("sha256", kPolicyNameMax).value_or("");
  const auto word = fields.need_text("class", kPolicyNameMax);
  constexpr std::array kClasses = {PresenceClass::kTouch, PresenceClass::kTouchPin,
                                   PresenceClass::kDeviceTouch};
  const auto* found = std::find_if(kClasses.begin(), kClasses.end(), [&](PresenceClass presence) {
    return word.has_value() && to_word(Presence{presence, 0, 0}) == *word;
  });
  if (found != kClasses.end()) {
    evidence.presence = *found;
  } else if (word.has_value()) {
    fields.problem("class",
                   "takes \"touch\", \"touch+pin\" or \"device-touch\", not \"" + *word + "\"");
  }
  if (!evidence.digest.empty() && !is_hex_digest(evidence.digest)) {
    fields.problem("sha256", "takes 64 digits of lower case hex");
  }
  if (!evidence.fingerprint.empty()) {
    if (!in_signers(evidence.fingerprint)) {
      fields.problem("key", "is in no line of " + std::string(kSignersFile));
    }
    if (has(policy_.evidence, &Evidence::fingerprint, evidence.fingerprint)) {
      fields.problem("key", "has evidence already");
    }
    if (policy_.touch.attested) {
      policy_.touch.attested->push_back(evidence.fingerprint);
    }
  }
  policy_.evidence.push_back(std::move(evidence));
}

void Reader::read_batch(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[batch]", {"max"});
  policy_.batch_max = fields.number("max", 0, kPolicyBatchMax).value_or(0);
}

void Reader::read_change(const TomlValue& table) {
  PolicyFields fields(problems_, table, "[change]", {"signers", "require"});
  policy_.change_signers = fields.number("signers", 1, kPolicyChangeSignersMax).value_or(1);
  policy_.change_require = fields.requirement("require").value_or(Requirement::kTouch);
  if (policy_.change_require < Requirement::kSignature) {
    fields.problem("require", "takes a signature at least: whoever changes the policy is known");
  }
}

void Reader::check_ref_order(const TomlValue& document) {
  for (std::size_t later = 0; later < policy_.refs.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const std::string& before = policy_.refs[earlier].pattern;
      const std::string& after = policy_.refs[later].pattern;
      if (!before.empty() && !after.empty() && covers(before, after)) {
        problems_.at(document.find("ref")->elements[later],
                     "[[ref]] " + after + " never decides: " + before +
                         " stands before it and matches the same refs");
        break;
      }
    }
  }
}

void Reader::check_batch(const TomlValue& document) {
  const auto asks = [](const auto& rule) { return rule.require == Requirement::kBatch; };
  const bool wanted = policy_.require == Requirement::kBatch ||
                      std::any_of(policy_.refs.begin(), policy_.refs.end(), asks) ||
                      std::any_of(policy_.paths.begin(), policy_.paths.end(), asks) ||
                      std::any_of(policy_.identities.begin(), policy_.identities.end(), asks);
  if (wanted && policy_.batch_max == 0) {
    const TomlValue* batch = document.find("batch");
    problems_.at(batch == nullptr ? document : *batch,
                 "a rule asks for \"batch\", and [batch] max is 0: no batch is accepted");
  }
}

void Reader::check_people(const TomlValue& document) {
  group_people(policy_);
  const std::size_t people = people_who_count(policy_);
  if (people >= policy_.change_signers || !signers_read_) {
    return;
  }
  const TomlValue* change = document.find("change");
  problems_.at(change == nullptr ? document : *change,
               "a change of the policy takes " + std::to_string(policy_.change_signers) +
                   (policy_.change_signers == 1 ? " signer" : " signers") + ", and " +
                   std::string(kSignersFile) + " has " + std::to_string(people) +
                   (people == 1 ? " person" : " people") + " who can");
}

void Reader::read_document(const TomlValue& document) {
  PolicyFields fields(
      problems_, document, "the policy",
      {"version", "policy", "ref", "path", "identity", "revoked", "evidence", "batch", "change"});
  const TomlValue* version = document.find("version");
  if (version == nullptr || version->kind != TomlKind::kInteger ||
      version->integer != kPolicyVersion) {
    fields.problem("version", "takes 1; another needs another Touchstone");
    return;
  }
  const auto section = [&](std::string_view key, auto read) {
    const TomlValue* table = document.find(key);
    if (table != nullptr && table->kind != TomlKind::kTable) {
      problems_.at(*table, std::string(key) + " is written as [" + std::string(key) + "]");
    } else if (table != nullptr) {
      (this->*read)(*table);
    }
  };
  section("policy", &Reader::read_defaults);
  section("batch", &Reader::read_batch);
  section("change", &Reader::read_change);
  each(document, "ref", kPolicyRulesMax, &Reader::read_ref);
  each(document, "path", kPolicyRulesMax, &Reader::read_path);
  each(document, "identity", kPolicyRulesMax, &Reader::read_identity);
  each(document, "revoked", kPolicyRevocationsMax, &Reader::read_revocation);
  each(document, "evidence", kPolicyRevocationsMax, &Reader::read_evidence);
  check_ref_order(document);
  check_batch(document);
  check_people(document);
}

PolicyReading Reader::run() {
  read_signers();
  auto document = parse_toml(toml_, kPolicyFile, kPolicyFileMax);
  if (document) {
    read_document(*document);
  } else {
    problems_.add(std::move(document.error()));
  }
  policy_.digest = digest_of(toml_, signers_);
  return {std::move(policy_), std::move(problems_).take()};
}

}  // namespace

PolicyReading read_repository_policy(std::string_view policy_toml, std::string_view signers) {
  return Reader(policy_toml, signers).run();
}

}  // namespace touchstone::git
