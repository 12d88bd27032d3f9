// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/sign_batch.h"

#include <functional>

#include "git-integration/limits.h"
#include "git-integration/rewrite/batch_index.h"
#include "git-integration/rewrite/git_write.h"
#include "tests/git-integration/rewrite/rewrite_fixture.h"

namespace touchstone::git {
namespace {

using base::Code;
using Words = std::vector<std::string>;

constexpr std::uint8_t kTouchAndPin = base::kFlagUserPresence | base::kFlagUserVerification;

// SignBatch is a repository whose policy takes batches, with an introduction that was touched.
class SignBatch : public SignFixture {
 protected:
  SignBatch() {
    set_policy("[policy]\nrequire = \"batch\"\n[batch]\nmax = 5\n");
    start_agent({.how = {.flags = kTouchAndPin}});
    sign_ok(options());
    introduction_ = head();
    repo_.git_ok({"config", "touchstone.introduction",
                  introduction_ + " " + key_.public_key().fingerprint()});
    start_agent({.how = {.flags = kTouchAndPin}});
  }

  // set_policy commits one, unsigned.
  void set_policy(const std::string& rules) const {
    std::filesystem::create_directories(repo_.path() + "/.touchstone");
    std::ofstream(repo_.path() + "/.touchstone/policy.toml") << "version = 1\n" << rules;
    std::ofstream(repo_.path() + "/.touchstone/signers")
        << key_.line("author@example.com") << other_.line("bob@example.com");
    repo_.git_ok({"add", ".touchstone"});
    repo_.git_ok({"commit", "-q", "-m", "policy"});
  }
  void commits(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      repo_.git_ok({"commit", "-q", "--allow-empty", "-m", "change " + std::to_string(i + 1)});
    }
  }
  // spoil_signature gives the last commit a signature over something else.
  void spoil_signature() const {
    const std::string text = text_of("HEAD") + "\n";
    repo_.set_head(repo_.store("commit", repo_.with_signature(text, key_.sign("other"))));
  }
  SignRangeOptions range() const { return options(introduction_ + "..HEAD"); }

  base::Result<BatchSummary> batch(const SignRangeOptions& options) {
    return sign_batch(options, key_.public_key(),
                      [&](const BatchManifest& manifest) { shown_ = manifest; });
  }
  BatchSummary batch_ok(const SignRangeOptions& options) {
    auto summary = batch(options);
    if (!summary) {
      ADD_FAILURE() << base::message_of(summary.error());
      return {};
    }
    return *summary;
  }
  base::Error refuse_batch(const SignRangeOptions& options) {
    const std::string refs = repo_.git_ok({"for-each-ref"});
    const std::size_t asked = agent_->requests().size();
    const auto summary = batch(options);
    EXPECT_FALSE(summary);
    EXPECT_EQ(repo_.git_ok({"for-each-ref"}), refs);
    EXPECT_EQ(agent_->requests().size(), asked) << "a touch was asked for";
    return summary ? base::Error{} : summary.error();
  }
  BatchIndex index() const {
    auto batches = read_batches(repo_.path());
    EXPECT_TRUE(batches);
    return std::move(*batches);
  }
  // words gives the class of each commit after the introduction, oldest first; "!" before one that
  // is not accepted.
  Words words() const {
    Words found;
    const BatchIndex batches = index();
    VerifyOptions options;
    options.repository = repo_.path();
    options.ranges = {introduction_ + "..HEAD"};
    options.batches = [&](std::string_view id) { return batches.find(id); };
    const auto summary = verify_range(options, [&](const ObjectVerdict& object) -> base::Status {
      found.push_back((object.accepted ? "" : "!") + to_word(object.verdict.presence));
      return {};
    });
    EXPECT_TRUE(summary) << base::message_of(summary.error());
    return found;
  }

  // manifest_of gives an honest manifest of what follows the introduction.
  BatchManifest manifest_of_range() {
    SignRangeOptions dry = range();
    dry.dry_run = true;
    return batch_ok(dry).manifest;
  }
  // forge stores what an attacker would, under the ref it should have, and gives the problem.
  Code forge(const std::string& text, const std::string& armored) {
    const std::string blob = repo_.store("blob", text + armored);
    const std::string ref = batch_ref_of(text);
    repo_.git_ok({"update-ref", ref, blob});
    const BatchIndex batches = index();
    EXPECT_EQ(batches.size(), 0U);
    EXPECT_EQ(words(), Words(2, "!unsigned"));
    repo_.git_ok({"update-ref", "-d", ref});
    return batches.problems().size() == 1 ? batches.problems().front().error.code : Code{};
  }
  std::string signed_by(const SoftKey& key, const std::string& text,
                        SoftKey::How how = {.flags = kTouchAndPin}) const {
    if (how.name_space == "git") {
      how.name_space = kBatchNamespace;
    }
    return key.sign(text, how);
  }

  SoftKey other_{SoftKey::sk_ed25519()};
  std::string introduction_;
  BatchManifest shown_;
};

TEST_F(SignBatch, CoversARangeWithOneTouch) {
  commits(3);
  const std::string tip = head();
  const BatchSummary summary = batch_ok(range());
  EXPECT_EQ(agent_->requests().size(), 1U);
  EXPECT_EQ(agent_->requests().at(0).name_space, "touchstone-batch-v1");
  EXPECT_EQ(base::as_text(agent_->requests().at(0).object), to_text(shown_));
  EXPECT_EQ(shown_, summary.manifest);
  EXPECT_EQ(head(), tip) << "no commit gets another name";
  EXPECT_EQ(words(), (Words{"batch 1/3", "batch 2/3", "batch 3/3"}));
}

TEST_F(SignBatch, SaysInTheManifestWhatIsSigned) {
  commits(2);
  const BatchManifest manifest = batch_ok(range()).manifest;
  EXPECT_EQ(manifest.repository, introduction_);
  EXPECT_EQ(manifest.ref, "refs/heads/main");
  EXPECT_EQ(manifest.old_tip, introduction_);
  EXPECT_EQ(manifest.signer, key_.public_key().fingerprint());
  ASSERT_EQ(manifest.commits.size(), 2U);
  EXPECT_EQ(manifest.commits.at(0).id, repo_.git_ok({"rev-parse", "HEAD^"}));
  EXPECT_EQ(manifest.commits.at(1).tree, repo_.git_ok({"rev-parse", "HEAD^{tree}"}));
  EXPECT_EQ(manifest.commits.at(1).subject, "change 2");
}

TEST_F(SignBatch, TravelsWithAPushAndIsNeverATouch) {
  commits(2);
  batch_ok(range());
  const std::string server = (repo_.scratch() / "server.git").string();
  repo_.git_ok({"init", "-q", "--bare", server});
  repo_.git_ok({"push", "-q", server, "main", "refs/touchstone/batches/*"});
  EXPECT_EQ(read_batches(server)->size(), 2U);
  repo_.git_ok({"config", "--unset", "touchstone.introduction"});
  EXPECT_EQ(words(), Words(2, "!unsigned")) << "without a policy nobody takes batches";
}

TEST_F(SignBatch, LeavesOutWhatIsCoveredAlready) {
  commits(2);
  batch_ok(range());
  commits(1);
  const BatchSummary second = batch_ok(range());
  EXPECT_EQ(second.batched, 2U);
  EXPECT_EQ(second.manifest.commits.size(), 1U);
  EXPECT_EQ(words(), (Words{"batch 1/2", "batch 2/2", "batch 1/1"}));
  agent_.reset();
  const BatchSummary nothing = batch_ok(range());
  EXPECT_EQ(nothing.batched, 3U);
  EXPECT_EQ(nothing.ref, "");
}

TEST_F(SignBatch, IsRefusedWhereThePolicyTakesNone) {
  set_policy("[policy]\nrequire = \"signature\"\n");
  sign_ok(range());
  commits(1);
  const base::Error error = refuse_batch(options("HEAD^..HEAD"));
  EXPECT_EQ(error.code, Code::kBatchRefused);
  EXPECT_NE(error.context.find("[batch] max is 0"), std::string::npos) << error.context;
}

TEST_F(SignBatch, IsRefusedWhereThereIsNoPolicy) {
  const std::string other = (repo_.scratch() / "other").string();
  repo_.git_ok({"init", "-q", "-b", "main", other});
  for (const char* message : {"one", "two"}) {
    repo_.git_ok({"-C", other, "-c", "user.name=A", "-c", "user.email=author@example.com", "commit",
                  "-q", "--allow-empty", "-m", message});
  }
  repo_.git_ok({"-C", other, "config", "user.email", "author@example.com"});
  SignRangeOptions elsewhere = options("HEAD^..HEAD");
  elsewhere.repository = other;
  EXPECT_EQ(refuse_batch(elsewhere).code, Code::kBatchRefused);
  elsewhere.range = "HEAD";
  EXPECT_EQ(refuse_batch(elsewhere).code, Code::kBatchRefused) << "no parent at all";
}

TEST_F(SignBatch, HoldsThePolicysLimitWhenSigningAndWhenVerifying) {
  commits(6);
  const base::Error error = refuse_batch(range());
  EXPECT_EQ(error.code, Code::kBatchRefused);
  EXPECT_NE(error.context.find("a batch of 6, [batch] max is 5"), std::string::npos);
  // What another program signed all the same is refused by the verifier.
  BatchManifest manifest;
  manifest.repository = introduction_;
  manifest.ref = "refs/heads/main";
  manifest.old_tip = introduction_;
  manifest.signer = key_.public_key().fingerprint();
  for (const char* name : {"HEAD~5", "HEAD~4", "HEAD~3", "HEAD~2", "HEAD~1", "HEAD"}) {
    manifest.commits.push_back({repo_.git_ok({"rev-parse", name}),
                                repo_.git_ok({"rev-parse", std::string(name) + "^{tree}"}),
                                repo_.git_ok({"log", "-1", "--format=%s", name})});
  }
  const std::string text = to_text(manifest);
  repo_.git_ok(
      {"update-ref", batch_ref_of(text), repo_.store("blob", text + signed_by(key_, text))});
  EXPECT_EQ(words().front(), "!batch 1/6");
  repo_.git_ok({"reset", "-q", "--soft", "HEAD~1"});
  EXPECT_EQ(batch_ok(options("HEAD")).batched, 5U);
}

TEST_F(SignBatch, HoldsTheLimitWhateverThePolicySays) {
  set_policy("[policy]\nrequire = \"batch\"\n[batch]\nmax = 1000\n");
  sign_ok(range());
  commits(kBatchMax + 1);
  EXPECT_EQ(refuse_batch(range()).code, Code::kBatchRefused);
  repo_.git_ok({"reset", "-q", "--soft", "HEAD~1"});
  EXPECT_EQ(batch_ok(range()).manifest.commits.size(), kBatchMax);
}

TEST_F(SignBatch, RefusesSomebodyElsesCommit) {
  commits(1);
  repo_.git_ok({"-c", "user.email=bob@example.com", "commit", "-q", "--allow-empty", "-m", "x"});
  EXPECT_EQ(refuse_batch(range()).code, Code::kCommitterMismatch);
}

TEST_F(SignBatch, RefusesABadSignatureInTheRange) {
  commits(1);
  spoil_signature();
  EXPECT_EQ(refuse_batch(range()).code, Code::kBadSignature);
}

TEST_F(SignBatch, DoesNotTrustTheAgentsAnswer) {
  commits(2);
  const std::string refs = repo_.git_ok({"for-each-ref"});
  const auto fails_with = [&](FakeAgent::Behaviour behaviour, Code code) {
    start_agent(std::move(behaviour));
    const auto summary = batch(range());
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().code, code) << base::message_of(summary.error());
    EXPECT_EQ(repo_.git_ok({"for-each-ref"}), refs);
  };
  fails_with({.how = {.flags = base::kFlagUserPresence}}, Code::kNoVerification);
  fails_with({.how = {.flags = base::kFlagUserVerification}}, Code::kNoPresence);
  fails_with({.how = {.flags = kTouchAndPin, .name_space = "file"}}, Code::kBadSignature);
  fails_with({.how = {.flags = kTouchAndPin}, .other_key = other_}, Code::kBadSignature);
  fails_with({.how = {.flags = kTouchAndPin}, .changes_object = true}, Code::kBadSignature);
  fails_with({.refusal = base::Error{Code::kPinCancelled}}, Code::kPinCancelled);
}

TEST_F(SignBatch, EveryForgeryCountsForNothing) {
  commits(2);
  BatchManifest manifest = manifest_of_range();
  const std::string text = to_text(manifest);
  const std::string good = signed_by(key_, text);
  EXPECT_EQ(forge(text, ""), Code::kMalformed);
  EXPECT_EQ(forge(text, key_.sign(text, {.flags = kTouchAndPin})), Code::kBadSignature)
      << "namespace git";
  EXPECT_EQ(forge(text, signed_by(key_, text, {.flags = base::kFlagUserPresence})),
            Code::kNoVerification);
  EXPECT_EQ(forge(text, signed_by(key_, text, {.flags = base::kFlagUserVerification})),
            Code::kNoPresence);
  EXPECT_EQ(forge(text, signed_by(other_, text)), Code::kBadSignature) << "another key";
  EXPECT_EQ(forge(text, signed_by(SoftKey::ed25519(), text)), Code::kBadSignature);
  EXPECT_EQ(
      forge(text, signed_by(key_, text, {.flags = kTouchAndPin, .hash = ssh::SshSigHash::kSha256})),
      Code::kBadSignature);
  EXPECT_EQ(forge(text, good + good), Code::kTrailingBytes);

  BatchManifest changed = manifest;
  std::swap(changed.commits.at(0).id, changed.commits.at(1).id);
  EXPECT_EQ(forge(to_text(changed), good), Code::kBadSignature) << "ids swapped";
  EXPECT_EQ(forge(to_text(changed), signed_by(key_, to_text(changed))), Code::kHashMismatch);
  changed = manifest;
  changed.commits.pop_back();
  EXPECT_EQ(forge(to_text(changed), good), Code::kBadSignature) << "another count";
  changed = manifest;
  changed.commits.at(1).subject = "fix a typo";
  EXPECT_EQ(forge(to_text(changed), signed_by(key_, to_text(changed))), Code::kHashMismatch)
      << "shown another subject";
  changed = manifest;
  changed.commits.at(1).tree = introduction_;
  EXPECT_EQ(forge(to_text(changed), signed_by(key_, to_text(changed))), Code::kHashMismatch);
  changed = manifest;
  changed.commits.at(1).id = repo_.git_ok({"rev-parse", "HEAD^{tree}"});
  EXPECT_EQ(forge(to_text(changed), signed_by(key_, to_text(changed))), Code::kMalformed);
}

// No such object is ever there, so that the tree and the subject would not be looked at; and the
// first forty digits are a commit's.
TEST_F(SignBatch, NamesOfTheOtherKindCountForNothing) {
  commits(2);
  const BatchManifest manifest = manifest_of_range();
  const std::string zeros(24, '0');
  BatchManifest changed = manifest;
  changed.repository += zeros;
  changed.old_tip += zeros;
  for (BatchCommit& line : changed.commits) {
    line = {line.id + zeros, std::string(64, '1'), "fix a typo"};
  }
  EXPECT_EQ(forge(to_text(changed), signed_by(key_, to_text(changed))), Code::kMalformed);
  changed = manifest;
  changed.commits.at(0).id += zeros;
  EXPECT_EQ(forge(to_text(changed), signed_by(key_, to_text(changed))), Code::kMalformed);
}

TEST(CommitMap, KeepsTheTwoKindsOfNamesApart) {
  CommitMap<int> map;
  const std::string name(40, 'a');
  map.add(name, 1);
  EXPECT_EQ(map.find(name + std::string(24, '0')), nullptr);
  ASSERT_NE(map.find(name), nullptr);
}

TEST_F(SignBatch, CountsForNothingUnderAnotherName) {
  commits(2);
  const std::string text = to_text(manifest_of_range());
  const std::string blob = repo_.store("blob", text + signed_by(key_, text));
  repo_.git_ok({"update-ref", std::string(kBatchRefs) + std::string(64, '1'), blob});
  repo_.git_ok({"update-ref", std::string(kBatchRefs) + std::string(64, '2'), head()});
  // What cannot be a batch's name is passed over, however long it is or many there are.
  repo_.git_ok({"update-ref", std::string(kBatchRefs) + "one", blob});
  EXPECT_EQ(index().size(), 0U);
  EXPECT_EQ(index().problems().size(), 2U);
}

TEST_F(SignBatch, BySomebodyElseIsRefusedByThePolicy) {
  commits(2);
  BatchManifest manifest = manifest_of_range();
  for (const SoftKey& key : {other_, SoftKey::sk_ed25519()}) {
    manifest.signer = key.public_key().fingerprint();
    const std::string text = to_text(manifest);
    repo_.git_ok(
        {"update-ref", batch_ref_of(text), repo_.store("blob", text + signed_by(key, text))});
    EXPECT_EQ(index().size(), 2U);
    for (const std::string& word : words()) {
      EXPECT_EQ(word.front(), '!') << word;
    }
    repo_.git_ok({"update-ref", "-d", batch_ref_of(text)});
  }
}

TEST_F(SignBatch, DoesNotDoWhereThePolicyAsksForATouch) {
  set_policy("[policy]\nrequire = \"touch\"\n[batch]\nmax = 5\n");
  sign_ok(range());
  commits(1);
  batch_ok(range());
  EXPECT_EQ(words(), (Words{"touch+pin", "!batch 1/1"}));
}

TEST_F(SignBatch, DoesNotMendABadSignature) {
  commits(1);
  spoil_signature();
  BatchManifest manifest;
  manifest.repository = introduction_;
  manifest.ref = "refs/heads/main";
  manifest.old_tip = introduction_;
  manifest.signer = key_.public_key().fingerprint();
  manifest.commits = {{head(), repo_.git_ok({"rev-parse", "HEAD^{tree}"}), "change 1"}};
  const std::string batch_text = to_text(manifest);
  repo_.git_ok({"update-ref", batch_ref_of(batch_text),
                repo_.store("blob", batch_text + signed_by(key_, batch_text))});
  EXPECT_EQ(words().back(), "!bad");
}

TEST_F(SignBatch, PassesOverCommitsThatAreGone) {
  commits(2);
  batch_ok(range());
  const std::string clone = (repo_.scratch() / "clone").string();
  repo_.git_ok({"branch", "kept", "HEAD^"});
  repo_.git_ok({"clone", "-q", "--bare", "--single-branch", "--branch", "kept",
                "file://" + repo_.path(), clone});
  repo_.git_ok({"-C", clone, "fetch", "-q", "origin", "refs/touchstone/*:refs/touchstone/*"});
  const auto batches = read_batches(clone);
  ASSERT_TRUE(batches);
  EXPECT_TRUE(batches->problems().empty());
  const auto entries = batches->find(repo_.git_ok({"rev-parse", "kept"}));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].part, 1U);
  EXPECT_EQ(entries[0].whole, 2U);
}

TEST_F(SignBatch, DryRunAsksForNothing) {
  commits(2);
  SignRangeOptions dry = range();
  dry.dry_run = true;
  agent_.reset();
  EXPECT_EQ(batch_ok(dry).ref, "");
  EXPECT_EQ(shown_.commits.size(), 2U);
  EXPECT_EQ(index().size(), 0U);
}

TEST_F(SignBatch, SignRangeStillGivesEachATouch) {
  commits(2);
  batch_ok(range());
  EXPECT_EQ(sign_ok(range()).touched, 2U);
  EXPECT_EQ(words(), (Words{"touch+pin", "touch+pin"}));
}

TEST_F(SignBatch, SignRangeHoldsThePolicysRule) {
  set_policy("[policy]\nrequire = \"touch+pin\"\n");
  commits(1);
  start_agent({});  // touches without the PIN
  const auto summary = sign(range());
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, Code::kBelowPolicy);
  start_agent({.how = {.flags = kTouchAndPin}});
  EXPECT_EQ(sign_ok(range()).touched, 2U);
}

}  // namespace
}  // namespace touchstone::git
