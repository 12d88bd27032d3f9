// SPDX-License-Identifier: Apache-2.0
#include "agent/describe.h"

#include <algorithm>
#include <ctime>

#include "agent/key_test.h"
#include "agent/limits.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "git-integration/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kShortDigestBytes = 8;
constexpr std::size_t kBytesPerGroup = 2;
constexpr std::size_t kShortIdChars = 12;
// Room that is left in a list of kFactsMax for what stands around its repeated part, and how much
// of a long list is shown.
constexpr std::size_t kAroundListed = 10;
constexpr std::size_t kListedMax = 22;

// bounded cuts what would be cut on display anyway, so that nothing large is carried around. The
// mark at the end is ours; what is cut off was signed all the same.
std::string bounded(std::string text) {
  if (text.size() > kFactBytesMax) {
    text.resize(kFactBytesMax);
    text += "…";
  }
  return text;
}

class FactList {
 public:
  explicit FactList(Subject& subject) : subject_(subject) {}

  void verified(std::string label, std::string value) {
    add(Fact{std::move(label), std::move(value), FactSource::kVerified});
  }
  void claimed(std::string label, std::string value) {
    add(Fact{std::move(label), std::move(value), FactSource::kClaimed});
  }

 private:
  void add(Fact fact) {
    fact.value = bounded(std::move(fact.value));
    if (subject_.facts.size() < kFactsMax) {
      subject_.facts.push_back(std::move(fact));
    }
  }

  Subject& subject_;
};

std::string text_or(std::string_view text, std::string_view otherwise) {
  return std::string(text.empty() ? otherwise : text);
}

std::string short_id(std::string_view id) { return std::string(id.substr(0, kShortIdChars)); }

// date_of shows what the object says of its time; the zone is left out, as UTC needs none.
std::string date_of(std::uint64_t seconds) {
  constexpr std::uint64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999
  if (seconds > kSecondsMax) {
    return std::to_string(seconds) + " s after 1970";
  }
  return base::to_rfc3339(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

void add_parents(FactList& facts, const git::Commit& commit) {
  if (commit.parents.empty()) {
    facts.verified("parents", "none: the first commit of a history");
    return;
  }
  std::string parents;
  for (std::size_t i = 0; i < commit.parents.size() && i < kListedMax; ++i) {
    parents += (i == 0 ? "" : " ") + short_id(commit.parents.at(i));
  }
  if (commit.parents.size() > kListedMax) {
    parents += " and " + std::to_string(commit.parents.size() - kListedMax) + " more";
  }
  facts.verified(commit.parents.size() == 1 ? "parent" : "parents", std::move(parents));
}

void describe_commit(Subject& subject, const git::Commit& commit) {
  FactList facts(subject);
  subject.headline = "sign commit: " + text_or(commit.subject, "(no message)");
  facts.verified("author",
                 std::string(commit.author.name) + " <" + std::string(commit.author.email) + ">");
  if (commit.committer.name != commit.author.name ||
      commit.committer.email != commit.author.email) {
    facts.verified("committer", std::string(commit.committer.name) + " <" +
                                    std::string(commit.committer.email) + ">");
  }
  facts.verified("date", date_of(commit.committer.seconds));
  add_parents(facts, commit);
  facts.verified("tree", short_id(commit.tree));
  for (std::size_t i = 0; i < commit.merge_tags.size() && i < kListedMax / 2; ++i) {
    facts.verified("merges tag", commit.merge_tags.at(i).name);
  }
  if (!commit.extra_headers.empty()) {
    facts.verified("extra headers", std::to_string(commit.extra_headers.size()));
  }
}

void describe_tag(Subject& subject, const git::Tag& tag) {
  FactList facts(subject);
  subject.headline = "sign tag: " + std::string(tag.name);
  facts.verified("of", std::string(tag.type) + " " + short_id(tag.object));
  if (tag.tagger.has_value()) {
    facts.verified("tagger",
                   std::string(tag.tagger->name) + " <" + std::string(tag.tagger->email) + ">");
    facts.verified("date", date_of(tag.tagger->seconds));
  }
  facts.verified("message", text_or(tag.subject, "(no message)"));
}

bool is_no_id(std::string_view id) {
  return std::all_of(id.begin(), id.end(), [](char digit) { return digit == '0'; });
}

std::string update_text(const git::RefUpdate& update) {
  std::string text(update.ref);
  if (is_no_id(update.old_id)) {
    return text + ": created at " + short_id(update.new_id);
  }
  if (is_no_id(update.new_id)) {
    return text + ": deleted, was " + short_id(update.old_id);
  }
  return text + ": " + short_id(update.old_id) + " to " + short_id(update.new_id);
}

void describe_push(Subject& subject, const git::PushCertificate& push) {
  FactList facts(subject);
  const std::size_t count = push.updates.size();
  subject.headline = "sign push of " + std::to_string(count) + (count == 1 ? " ref" : " refs") +
                     " to: " + text_or(push.pushee, "(no destination)");
  facts.verified("date", date_of(push.seconds));
  for (std::size_t i = 0; i < count && i < kListedMax; ++i) {
    facts.verified("update", update_text(push.updates.at(i)));
  }
  if (count > kListedMax) {
    facts.verified("not listed", std::to_string(count - kListedMax) + " more updates");
  }
  if (!push.options.empty()) {
    facts.verified("push options", std::to_string(push.options.size()));
  }
}

// describe_batch shows every commit: one that is signed and not shown is what the touch is against.
void describe_batch(Subject& subject, const git::BatchManifest& batch) {
  static_assert(git::kBatchMax + kAroundListed <= kFactsMax);
  FactList facts(subject);
  const std::size_t count = batch.commits.size();
  subject.headline = "sign a batch of " + std::to_string(count) +
                     (count == 1 ? " commit" : " commits") + " with one touch, for: " + batch.ref;
  facts.verified("date", date_of(batch.seconds));
  facts.verified("after", is_no_id(batch.old_tip) ? "nothing" : short_id(batch.old_tip));
  facts.verified("history of", short_id(batch.repository));
  for (std::size_t i = 0; i < count; ++i) {
    const git::BatchCommit& commit = batch.commits.at(i);
    facts.verified("commit " + std::to_string(i + 1),
                   short_id(commit.id) + " " + text_or(commit.subject, "(no message)"));
  }
}

void describe_file(Subject& subject, const ssh::SshSigData& sshsig) {
  subject.headline = "sign file in namespace: " + sshsig.name_space;
  FactList facts(subject);
  facts.verified(std::string(ssh::name_of(sshsig.hash)), base::to_hex(sshsig.digest));
}

void describe_policy_change(Subject& subject, const git::PolicyChangeStatement& change) {
  subject.headline = change.to.empty() ? "approve that a repository's policy is removed"
                                       : "approve a change of a repository's policy";
  FactList facts(subject);
  facts.verified("from digest", change.from);
  facts.verified("to digest", change.to.empty() ? "none" : change.to);
}

void describe_login(Subject& subject, const ssh::UserauthRequest& login,
                    const SessionBinds& binds) {
  FactList facts(subject);
  facts.verified("user", login.user);
  if (const ssh::Certificate* certificate = login.key.certificate()) {
    facts.verified("certificate", std::to_string(certificate->serial) + ", " + certificate->key_id);
  }
  const base::Status bound = binds.check_login(login);
  if (bound.has_value()) {
    const std::string host_key = binds.binds().back().host_key.fingerprint();
    subject.headline = "log in to " + host_key + " as " + login.user;
    facts.verified("host key", host_key);
    for (const SessionBinds::Bind& bind : binds.binds()) {
      if (bind.forwarding) {
        facts.verified("asked through host", bind.host_key.fingerprint());
      }
    }
  } else if (login.host_key.has_value() && bound.error().code == base::Code::kNotFound) {
    // The signature covers this host key, and no other host takes it; that the host is there has
    // not been proven.
    const std::string host_key = login.host_key->fingerprint();
    subject.headline = "log in to " + host_key + " as " + login.user;
    facts.verified("host key", host_key);
    facts.claimed("session", "not bound: the host did not prove itself to the agent");
  } else {
    subject.headline = "log in to an unknown host as " + login.user;
    facts.claimed("destination", "unknown: the client did not say where this leads");
  }
  facts.verified("session id",
                 base::to_hex(base::ByteView(login.session_id)
                                  .first(std::min(login.session_id.size(), kShortDigestBytes))));
}

void describe_bare_hash(Subject& subject, const ssh::SshSigData& sshsig) {
  if (needs_object(sshsig.name_space)) {
    subject.headline = "sign a hash of unknown content in namespace: " + sshsig.name_space;
    FactList(subject).verified(std::string(ssh::name_of(sshsig.hash)), base::to_hex(sshsig.digest));
  } else {
    describe_file(subject, sshsig);
  }
  FactList(subject).verified("content", "unknown to the agent: only its hash was given");
}

}  // namespace

Subject describe(const Classified& classified, const SessionBinds& binds) {
  Subject subject;
  subject.purpose = classified.purpose;
  if (classified.login.has_value()) {
    describe_login(subject, *classified.login, binds);
  } else if (classified.sshsig.has_value()) {
    describe_bare_hash(subject, *classified.sshsig);
  } else if (classified.purpose == Purpose::kCertificate) {
    subject.headline = "sign an SSH certificate";
  } else if (classified.purpose == Purpose::kTest) {
    subject.headline =
        "test this key (ssh-add -T): " + std::to_string(kKeyTestBytes) + " random bytes";
    FactList(subject).verified("use", "the signature is good for nothing else");
  } else {
    subject.headline = "sign unknown data";
  }
  subject.headline = bounded(std::move(subject.headline));
  return subject;
}

Subject describe_object(const Classified& classified, const ssh::SignObject& request) {
  Subject subject;
  subject.purpose = classified.purpose;
  FactList facts(subject);
  if (classified.object.has_value()) {
    if (const git::Commit* commit = classified.object->commit()) {
      describe_commit(subject, *commit);
    } else if (const git::Tag* tag = classified.object->tag()) {
      describe_tag(subject, *tag);
    } else if (const git::PushCertificate* push = classified.object->push_certificate()) {
      describe_push(subject, *push);
    }
  } else if (classified.policy_change.has_value()) {
    describe_policy_change(subject, *classified.policy_change);
  } else if (classified.batch.has_value()) {
    describe_batch(subject, *classified.batch);
  } else {
    describe_file(subject, *classified.sshsig);
    facts.verified("size", std::to_string(request.object.size()) + " bytes");
  }
  subject.headline = bounded(std::move(subject.headline));
  if (!request.repository.empty()) {
    facts.claimed("repository", request.repository);
  }
  if (request.count > 0) {
    facts.claimed("position",
                  std::to_string(request.position) + " of " + std::to_string(request.count));
  }
  return subject;
}

std::string short_digest(base::ByteView data) {
  const base::Sha256 digest = base::sha256(data);
  std::string text;
  for (std::size_t i = 0; i < kShortDigestBytes; i += kBytesPerGroup) {
    text += (i == 0 ? "" : "-") + base::to_hex(base::ByteView(digest).subspan(i, kBytesPerGroup));
  }
  return text;
}

}  // namespace touchstone::agent
