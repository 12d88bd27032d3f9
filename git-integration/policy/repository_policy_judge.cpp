// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <utility>

#include "git-integration/policy/policy_signers.h"
#include "git-integration/policy/repository_policy.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Status;

// Judge holds one commit against one policy.
class Judge final {
 public:
  Judge(const RepositoryPolicy& policy, const Candidate& candidate,
        const std::vector<Revocation>& newest)
      : policy_(policy), candidate_(candidate), newest_(newest) {}

  Judgement judge();

 private:
  // Demand is what one rule asks for, with the words that name the rule.
  struct Demand {
    std::string rule;
    Requirement require;
    bool any_committer{false};
    bool any_author{true};
  };

  void add(Code code, std::string context) {
    result_.problems.push_back({code, 0, std::move(context)});
  }
  Demand ref_demand() const;
  Demand strictest_demand() const;
  bool nothing_is_asked() const;
  void judge_key(const ssh::PublicKey& key);
  void judge_author(const ssh::PublicKey& key, const KeyTimes& times);
  void judge_touch(const ssh::PublicKey& key);
  void judge_identity(const NamedIdentity& identity);
  void judge_paths();
  void judge_presence(const Demand& demand);
  void judge_batch();
  bool may(const PathRule& rule) const;
  // first_path gives the first changed path the rule is about, or null.
  const std::string* first_path(const PathRule& rule) const;

  const RepositoryPolicy& policy_;
  const Candidate& candidate_;
  const std::vector<Revocation>& newest_;
  const NamedIdentity* identity_{nullptr};
  PresenceClass presence_{candidate_.presence};  // as far as it is believed
  std::vector<std::size_t> lines_;               // of signers, that speak of the candidate's key
  Judgement result_;
};

Judge::Demand Judge::ref_demand() const {
  Demand demand = candidate_.ref.empty() ? strictest_demand()
                                         : Demand{"policy", policy_.require, policy_.any_committer,
                                                  policy_.any_author};
  if (const RefRule* rule = policy_.rule_for(candidate_.ref)) {
    demand = {"ref " + rule->pattern, rule->require, rule->any_committer, rule->any_author};
  }
  if (identity_ != nullptr) {
    demand.rule = "identity " + identity_->name;
    demand.require = identity_->require;
  }
  return demand;
}

// strictest_demand is for a ref that is not known: every rule could be its rule. Requirements rise,
// so that what fulfils the highest fulfils them all.
Judge::Demand Judge::strictest_demand() const {
  Demand demand{"policy", policy_.require, policy_.any_committer, policy_.any_author};
  for (const RefRule& rule : policy_.refs) {
    demand.any_committer = demand.any_committer && rule.any_committer;
    demand.any_author = demand.any_author && rule.any_author;
    if (rule.require > demand.require) {
      demand.rule = "ref " + rule.pattern + " (it may be for that one)";
      demand.require = rule.require;
    }
  }
  return demand;
}

const std::string* Judge::first_path(const PathRule& rule) const {
  const auto& paths = *candidate_.changed_paths;
  const auto found = std::find_if(paths.begin(), paths.end(), [&](const std::string& path) {
    // What stands in a folder's place is at its path: a link "deploy" is a change of "deploy/*".
    return ssh::match_pattern(path, rule.pattern) || ssh::match_pattern(path + "/", rule.pattern);
  });
  return found == paths.end() ? nullptr : &*found;
}

// nothing_is_asked says whether no rule wants a signature, so that there is none to judge.
bool Judge::nothing_is_asked() const {
  if (ref_demand().require != Requirement::kNothing || candidate_.changed_paths == nullptr) {
    return ref_demand().require == Requirement::kNothing && policy_.paths.empty();
  }
  return std::all_of(policy_.paths.begin(), policy_.paths.end(), [&](const PathRule& rule) {
    return (rule.require == Requirement::kNothing && rule.signers.empty()) ||
           first_path(rule) == nullptr;
  });
}

void Judge::judge_key(const ssh::PublicKey& key) {
  const KeyTimes times = times_of(candidate_);
  if (const Status alive = check_not_revoked(policy_, newest_, key, times); !alive) {
    result_.problems.push_back(alive.error());
  }
  const auto email =
      ref_demand().any_committer ? std::nullopt : std::optional(candidate_.committer_email);
  const auto signer = find_signer(policy_, key, lines_, email, times);
  if (signer) {
    result_.signer = identity_ != nullptr ? identity_->name : *signer;
    result_.identity = identity_ != nullptr ? to_word(identity_->kind) : std::string_view();
    judge_author(key, times);
  } else if (!nothing_is_asked()) {
    result_.problems.push_back(signer.error());
  }
}

// judge_author asks nothing of a forge, which commits what others wrote.
void Judge::judge_author(const ssh::PublicKey& key, const KeyTimes& times) {
  const bool forge = identity_ != nullptr && identity_->kind == IdentityKind::kForge;
  if (!candidate_.author_email || forge || ref_demand().any_author || nothing_is_asked()) {
    return;
  }
  if (!find_signer(policy_, key, lines_, *candidate_.author_email, times)) {
    add(Code::kAuthorMismatch, std::string(*candidate_.author_email));
  }
}

// judge_touch takes a touch for none where the policy does not believe it.
void Judge::judge_touch(const ssh::PublicKey& key) {
  if (!is_touch(presence_) && presence_ != PresenceClass::kBatch) {
    return;
  }
  if (Status believed = check_touch_rules(policy_.touch, key.fingerprint(), candidate_.webauthn);
      !believed) {
    presence_ = PresenceClass::kNoTouch;
    result_.disbelief = std::move(believed.error());
  }
}

void Judge::judge_identity(const NamedIdentity& identity) {
  const std::string who = std::string(to_word(identity.kind)) + " " + identity.name;
  const auto matches = [](const std::vector<std::string>& patterns, std::string_view text) {
    return std::any_of(patterns.begin(), patterns.end(), [text](const std::string& pattern) {
      return ssh::match_pattern(text, pattern);
    });
  };
  if (candidate_.ref.empty()) {
    add(Code::kNotPermitted, who +
                                 " may commit to some refs only, and for which this is, is not "
                                 "known");
  } else if (!matches(identity.refs, candidate_.ref)) {
    add(Code::kNotPermitted, who + " may not commit to " + std::string(candidate_.ref));
  }
  if (identity.merges_only && candidate_.parents < 2) {
    add(Code::kNotPermitted, who + " may make merges only");
  }
  if (identity.paths.empty()) {
    return;
  }
  if (candidate_.changed_paths == nullptr) {
    add(Code::kNotPermitted, who + " may change some paths only, and which it did, is not known");
    return;
  }
  for (const std::string& path : *candidate_.changed_paths) {
    if (!matches(identity.paths, path)) {
      add(Code::kNotPermitted, who + " may not change " + path);
      return;
    }
  }
}

void Judge::judge_presence(const Demand& demand) {
  if (fulfils(presence_, demand.require)) {
    return;
  }
  const std::string asked =
      demand.rule + ": " + std::string(to_word(demand.require)) + " is demanded";
  if (candidate_.presence == PresenceClass::kUnsigned) {
    add(Code::kUnsigned, asked);
    return;
  }
  if (result_.disbelief) {
    add(result_.disbelief->code, asked);
    return;
  }
  const std::string word = to_word(Presence{presence_, 0, 0});
  add(Code::kBelowPolicy, asked + ", the signature proves " + word.substr(0, word.find(' ')));
}

void Judge::judge_batch() {
  // Also where the batch's touch is not believed: what is no touch would fulfil "signature".
  if (candidate_.presence != PresenceClass::kBatch) {
    return;
  }
  if (policy_.batch_max == 0) {
    add(Code::kBatchRefused, "[batch] max is 0");
  } else if (candidate_.batch_size == 0 || candidate_.batch_size > policy_.batch_max) {
    add(Code::kBatchRefused, "a batch of " + std::to_string(candidate_.batch_size) +
                                 ", [batch] max is " + std::to_string(policy_.batch_max));
  }
}

bool Judge::may(const PathRule& rule) const {
  return rule.signers.empty() ||
         std::any_of(rule.signers.begin(), rule.signers.end(), [&](const std::string& name) {
           return candidate_.key != nullptr &&
                  find_signer(policy_, *candidate_.key, lines_, name, times_of(candidate_))
                      .has_value();
         });
}

void Judge::judge_paths() {
  if (policy_.paths.empty()) {
    return;
  }
  if (candidate_.changed_paths == nullptr) {
    add(Code::kNotPermitted, "there are rules for paths, and what it changes is not known");
    return;
  }
  for (const PathRule& rule : policy_.paths) {
    if (const std::string* path = first_path(rule)) {
      judge_presence({"path " + rule.pattern + " (" + *path + ")", rule.require});
      if (!may(rule)) {
        add(Code::kNotPermitted,
            "path " + rule.pattern + " (" + *path + ") is kept for named signers");
      }
    }
  }
}

Judgement Judge::judge() {
  if (candidate_.presence == PresenceClass::kBad) {
    add(Code::kBadSignature, ref_demand().rule);
    return std::move(result_);
  }
  if (candidate_.key != nullptr) {
    identity_ = policy_.identity_of(candidate_.key->fingerprint());
    lines_ = lines_of(policy_.signers, *candidate_.key);
    judge_key(*candidate_.key);
    judge_touch(*candidate_.key);
    if (identity_ != nullptr) {
      judge_identity(*identity_);
    }
  } else if (candidate_.presence != PresenceClass::kUnsigned && !nothing_is_asked()) {
    add(Code::kUntrustedSigner, "signed with something else than an SSH key");
  }
  judge_presence(ref_demand());
  judge_batch();
  judge_paths();
  return std::move(result_);
}

}  // namespace

Judgement judge_by_policy(const RepositoryPolicy& policy, const Candidate& candidate,
                          const std::vector<Revocation>& revocations) {
  return Judge(policy, candidate, revocations).judge();
}

}  // namespace touchstone::git
