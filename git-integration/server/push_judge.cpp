// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_judge.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "git-integration/git_object.h"
#include "git-integration/judge_pool.h"
#include "git-integration/object_reader.h"
#include "git-integration/object_stream.h"
#include "git-integration/rewrite/batch_index.h"
#include "git-integration/server/git_plumbing.h"
#include "git-integration/server/limits.h"
#include "git-integration/server/policy_rules.h"
#include "git-integration/server/push_rules.h"
#include "git-integration/server/received_tips.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kTagRefs = "refs/tags/";
constexpr std::string_view kBranchRefs = "refs/heads/";

// Judge is one decision under way.
class Judge final {
 public:
  Judge(const std::string& repository, const ReceiveSettings& settings, const PushRules& rules,
        const RefTips& tips, bool outgoing)
      : repository_(repository),
        settings_(settings),
        rules_(rules),
        tips_(tips),
        outgoing_(outgoing) {}

  Status refs(const std::vector<PushUpdate>& updates);
  Status objects(const std::vector<PushUpdate>& updates);
  std::vector<Refusal> take() { return std::move(refusals_); }

 private:
  void refuse(std::string what, Error error, std::string mend = {}) {
    refusals_.push_back(Refusal{std::move(what), std::move(error), std::move(mend)});
  }
  bool is_protected(const std::string& ref) const {
    return settings_.is_protected(ref, tips_.head) || rules_.protects(ref);
  }
  Status batch(const PushUpdate& update);
  Status change_of_protected(const PushUpdate& update);
  Status tags(const Arrival& arrival);
  Status history(const std::vector<const Arrival*>& arrivals);
  std::vector<std::string> excluded_for(const std::vector<const Arrival*>& arrivals) const;

  const std::string& repository_;
  const ReceiveSettings& settings_;
  const PushRules& rules_;
  const RefTips& tips_;
  bool outgoing_;  // whatever the remote has counts: it judged that itself
  std::vector<Refusal> refusals_;
};

Status Judge::refs(const std::vector<PushUpdate>& updates) {
  for (const PushUpdate& update : updates) {
    if (const auto other = tips_.symbolic.find(update.ref); other != tips_.symbolic.end()) {
      refuse(update.ref, {Code::kRefProtected, 0, "it stands for " + other->second + " here"},
             "push to " + other->second);
    } else if (update.ref.starts_with(kOwnRefs)) {
      if (!update.ref.starts_with(kBatchRefs)) {
        refuse(update.ref, {Code::kRefProtected, 0, "only the server itself writes there"});
      } else if (!update.creates() || update.deletes()) {
        refuse(update.ref, {Code::kRefProtected, 0, "a batch may be added, never changed"});
      } else {
        TRY_VOID(batch(update));
      }
    } else if (update.ref.find("/" + std::string(kOwnRefs)) != std::string::npos &&
               !update.deletes()) {
      // refs/heads/refs/touchstone/pushes is what git takes "refs/touchstone/pushes" for where
      // there is no other.
      refuse(update.ref, {Code::kRefProtected, 0, "it reads like one that only the server writes"});
    } else if (update.ref.starts_with(kReplaceRefs)) {
      refuse(update.ref, {Code::kRefProtected, 0, "it would make git show one object for another"});
    } else if (!update.creates() && is_protected(update.ref)) {
      TRY_VOID(change_of_protected(update));
    }
  }
  return {};
}

// batch keeps out what would count for nothing, which every later verification would have to read.
Status Judge::batch(const PushUpdate& update) {
  TRY(reader, ObjectReader::start(repository_));
  const auto known = [this](const ssh::PublicKey& key) {
    return rules_.trust().allowed->knows(key);
  };
  if (const auto batch = read_batch(reader, {update.new_id, update.ref}, known); !batch) {
    refuse(update.ref, batch.error());
  }
  return {};
}

Status Judge::change_of_protected(const PushUpdate& update) {
  if (update.deletes()) {
    refuse(update.ref, {Code::kRefProtected, 0, "a protected ref may not be deleted"});
    return {};
  }
  if (update.ref.starts_with(kTagRefs)) {
    refuse(update.ref, {Code::kRefProtected, 0, "a protected tag may not be moved"},
           "git tag -s NEW-NAME " + short_id(update.new_id));
    return {};
  }
  TRY(asked,
      call_git(repository_, {{"merge-base", "--is-ancestor", update.old_id, update.new_id}}));
  if (asked.status == 1) {
    refuse(update.ref, {Code::kRefProtected, 0, "a protected ref may not be rewound"},
           "git pull --rebase, then push without --force");
    return {};
  }
  return asked.status == 0 ? Status()
                           : fail(Code::kExternalProgram, "git: " + asked.error, asked.status);
}

Status Judge::tags(const Arrival& arrival) {
  const std::string& ref = arrival.update->ref;
  const bool is_tag = ref.starts_with(kTagRefs);
  const std::string name = is_tag ? ref.substr(kTagRefs.size()) : std::string();
  const std::string mend =
      "git tag -s -f " + name + " " + short_id(arrival.end) + ", then push again";
  if (arrival.tags.empty()) {
    if (is_tag && rules_.wants_signed_tag(ref)) {
      refuse(ref, {Code::kUnsigned, 0, "a tag without an object of its own"}, mend);
    }
    return {};
  }
  return rules_.judge_tags({&arrival.tags, name, arrival.end_type == "commit", ref},
                           [&](const std::string& id, Error error) {
                             const bool outermost = is_tag && id == arrival.tags.front().id;
                             refuse("tag " + (outermost ? name : short_id(id)), std::move(error),
                                    mend);
                           });
}

// excluded_for gives the tips whose history counts as judged for all of these: what they hold
// themselves first, then other judged refs as far as they count, those that moved last first.
std::vector<std::string> Judge::excluded_for(const std::vector<const Arrival*>& arrivals) const {
  std::vector<std::string> excluded;
  std::set<std::string> seen;
  const auto add = [&](const std::string& id) {
    if (excluded.size() < kExcludedTipsMax && seen.insert(id).second) {
      excluded.push_back(id);
    }
  };
  for (const Arrival* arrival : arrivals) {
    if (!arrival->update->creates()) {
      add(arrival->update->old_id);
    }
  }
  for (const Tip& tip : tips_.tips) {
    const bool same = std::all_of(arrivals.begin(), arrivals.end(), [&](const Arrival* arrival) {
      return outgoing_ || rules_.counts_for(tip.ref, *arrival->update);
    });
    if (same && settings_.is_judged(tip.ref)) {
      add(tip.id);
    }
  }
  return excluded;
}

// is_branch: `touchstone sign` signs what a branch can hold, no notes and the like.
bool is_branch(const std::string& ref) { return ref.starts_with(kBranchRefs); }

// mend_for gives the command that signs what a branch lacks.
std::string mend_for(const Arrival& arrival, const std::vector<std::string>& excluded) {
  const std::string& ref = arrival.update->ref;
  const std::string name = ref.starts_with(kBranchRefs) ? ref.substr(kBranchRefs.size()) : "HEAD";
  const std::string& base =
      arrival.update->creates() && !excluded.empty() ? excluded.front() : arrival.update->old_id;
  const std::string range = is_zero_id(base) ? name : short_id(base) + ".." + name;
  return "touchstone sign " + range + ", then push again";
}

// is_mended_by_signing says whether a new signature by the same person may help: not where a key is
// in doubt, or where it is the history that falls short.
bool is_mended_by_signing(Code code) {
  constexpr std::array kNot = {Code::kCounterRegressed, Code::kCounterRepeated, Code::kRevokedKey,
                               Code::kShallow, Code::kNotIntroduced};
  return std::find(kNot.begin(), kNot.end(), code) == kNot.end();
}

Status Judge::history(const std::vector<const Arrival*>& arrivals) {
  std::vector<std::string> ends;
  for (const Arrival* arrival : arrivals) {
    ends.push_back(arrival->end);
  }
  const std::vector<std::string> excluded = excluded_for(arrivals);
  const std::string mend = mend_for(*arrivals.front(), excluded);
  return rules_.judge_commits(
      ranges_of(ends, excluded), arrivals.front()->update->ref,
      [&](const std::string& commit, Error error) {
        const bool sign =
            is_mended_by_signing(error.code) && is_branch(arrivals.front()->update->ref);
        refuse("commit " + short_id(commit), std::move(error), sign ? mend : std::string());
      });
}

Status Judge::objects(const std::vector<PushUpdate>& updates) {
  std::vector<const PushUpdate*> judged;
  for (const PushUpdate& update : updates) {
    if (settings_.is_judged(update.ref) && rules_.judges(update.ref)) {
      judged.push_back(&update);
    }
  }
  TRY(arrivals, read_arrivals(repository_, judged));
  std::vector<const Arrival*> together;
  for (const Arrival& arrival : arrivals) {
    if (arrival.fault) {
      refuse(arrival.update->ref, *arrival.fault);
      continue;
    }
    TRY_VOID(tags(arrival));
    if (arrival.end_type != "commit") {
      if (arrival.tags.empty()) {
        refuse(arrival.update->ref, {Code::kMalformed, 0, "names a " + arrival.end_type});
      }
      continue;
    }
    if (!together.empty() && (together.size() == kTipsPerWalkMax || !rules_.alike())) {
      TRY_VOID(history(together));
      together.clear();
    }
    together.push_back(&arrival);
  }
  return together.empty() ? Status() : history(together);
}

Status judge_certificate(const std::string& repository, const ReceiveSettings& settings,
                         const PushRequest& request, const PushRules& rules,
                         const base::Clock& clock, PushDecision& decision) {
  if (request.certificate.empty()) {
    if (settings.require_certificate) {
      decision.refusals.push_back(
          Refusal{"the push", {Code::kPushCertificate, 0, "it has none"}, {}});
    }
    return {};
  }
  TRY(stream, ObjectStream::of_ids(repository, {request.certificate}));
  TRY(blob, stream.next());
  if (!blob || blob->type != "blob" || blob->too_large) {
    return fail(Code::kPushCertificate, "it cannot be read");
  }
  PushFacts facts{algorithm_of(request.updates.front()),
                  request.updates,
                  request.options,
                  request.nonce,
                  request.nonce_status,
                  request.nonce_slop_seconds,
                  base::unix_seconds(clock)};
  auto pusher = verify_push_certificate(blob->bytes, facts, settings.certificates, rules.trust());
  if (!pusher) {
    decision.refusals.push_back(Refusal{"the push", std::move(pusher.error()), {}});
    return {};
  }
  decision.pusher = std::move(*pusher);
  decision.certificate = std::move(blob->bytes);
  return {};
}

// remote_tips gives the remote-tracking branches of a remote, under the names they have there.
RefTips remote_tips(const RefTips& all, const std::string& remote) {
  RefTips tips;
  const std::string prefix = "refs/remotes/" + remote + "/";
  for (const Tip& tip : all.tips) {
    if (tip.ref.starts_with(prefix)) {
      tips.tips.push_back(Tip{tip.id, std::string(kBranchRefs) + tip.ref.substr(prefix.size())});
    }
  }
  tips.head = all.head;
  return tips;
}

// forget_unknown makes new refs of those whose old value is not in this repository.
Status forget_unknown(const std::string& repository, std::vector<PushUpdate>& updates) {
  std::string names;
  for (const PushUpdate& update : updates) {
    names += update.old_id + "\n";
  }
  GitCall call{{"cat-file", "--batch-check=%(objectname)"}, names};
  call.output_max = kHookInputMax;
  TRY(out, git_output(repository, call));
  Lines lines(out);
  for (PushUpdate& update : updates) {
    if (lines.next() != update.old_id) {
      update.old_id.assign(update.old_id.size(), '0');
    }
  }
  return {};
}

}  // namespace

Result<PushDecision> judge_push(const std::string& repository, const ReceiveSettings& settings,
                                const PushRequest& request, const base::Clock& clock) {
  PushDecision decision;
  if (request.updates.empty()) {
    return decision;
  }
  TRY(tips, list_tips(repository));
  TRY(rules, PushRules::make(repository, settings, tips.head, request.updates, clock));
  TRY_VOID(judge_certificate(repository, settings, request, *rules, clock, decision));
  Judge judge(repository, settings, *rules, tips, false);
  TRY_VOID(judge.refs(request.updates));
  TRY_VOID(judge.objects(request.updates));
  for (Refusal& refusal : judge.take()) {
    decision.refusals.push_back(std::move(refusal));
  }
  if (decision.refusals.empty()) {
    rules->keep();
  }
  return decision;
}

Result<PushDecision> judge_update(const std::string& repository, const ReceiveSettings& settings,
                                  const PushUpdate& update, const base::Clock& clock) {
  ReceiveSettings without = settings;
  without.require_certificate = false;
  PushRequest request;
  request.updates.push_back(update);
  return judge_push(repository, without, request, clock);
}

Result<PushDecision> judge_outgoing(const std::string& repository, const ReceiveSettings& settings,
                                    std::vector<PushUpdate> updates, const std::string& remote,
                                    const base::Clock& clock) {
  PushDecision decision;
  if (updates.empty()) {
    return decision;
  }
  TRY_VOID(forget_unknown(repository, updates));
  TRY(all, list_tips(repository));
  const RefTips tips = remote_tips(all, remote);
  TRY(rules, PushRules::make(repository, settings, tips.head, updates, clock));
  Judge judge(repository, settings, *rules, tips, true);
  TRY_VOID(judge.objects(updates));
  decision.refusals = judge.take();
  return decision;
}

}  // namespace touchstone::git::server
