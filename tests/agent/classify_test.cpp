// SPDX-License-Identifier: Apache-2.0
#include "agent/classify.h"

#include <gtest/gtest.h>

#include "agent/describe.h"
#include "agent/limits.h"
#include "git-integration/limits.h"
#include "tests/ssh/software_key.h"

namespace touchstone::agent {
namespace {

using base::Code;

constexpr std::string_view kTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
constexpr std::string_view kParent = "0123456789abcdef0123456789abcdef01234567";

class Classify : public testing::Test {
 protected:
  Classify() : software_(base::KeyAlgorithm::kEd25519), key_(software_.sk("ssh:")) {}

  ssh::UserauthRequest login() const {
    return ssh::UserauthRequest{base::to_bytes("session"), "alice", "ssh-connection",
                                std::string(key_.name()),  key_,    std::nullopt};
  }
  Classified of(base::ByteView data) const { return classify(data, key_.blob()); }

  static ssh::SignObject object(std::string_view name_space, std::string_view text) {
    ssh::SignObject request;
    request.name_space = name_space;
    request.hash_name = "sha512";
    request.object = base::to_bytes(text);
    return request;
  }
  static std::string commit(std::string_view subject = "fix typo") {
    return "tree " + std::string(kTree) + "\nparent " + std::string(kParent) +
           "\nauthor A <a@example.org> 1700000000 +0100\n"
           "committer C <c@example.org> 1700000001 +0100\n\n" +
           std::string(subject) + "\n";
  }
  static Code code_of(const ssh::SignObject& request) {
    const auto result = classify_object(request);
    return result.has_value() ? Code{} : result.error().code;
  }
  static std::string value_of(const Subject& subject, std::string_view label) {
    for (const Fact& fact : subject.facts) {
      if (fact.label == label) {
        return (fact.source == FactSource::kVerified ? "" : "claimed ") + fact.value;
      }
    }
    return "-";
  }

  ssh::SoftwareKey software_;
  ssh::PublicKey key_;
};

TEST_F(Classify, KnowsALoginByItsShape) {
  const Classified found = of(login().encode());
  EXPECT_EQ(found.purpose, Purpose::kLogin);
  EXPECT_FALSE(found.bare_hash);
}

TEST_F(Classify, TakesNoLoginForAnotherKeyOrService) {
  const ssh::SoftwareKey other(base::KeyAlgorithm::kEd25519);
  auto request = login();
  request.key = other.sk("ssh:");
  EXPECT_EQ(of(request.encode()).purpose, Purpose::kUnknown);
  request = login();
  request.service = "ssh-other";
  EXPECT_EQ(of(request.encode()).purpose, Purpose::kUnknown);
}

TEST_F(Classify, CallsEverythingElseUnknown) {
  auto trailing = login().encode();
  trailing.push_back(0);
  EXPECT_EQ(of(trailing).purpose, Purpose::kUnknown);
  for (const std::size_t size : {0U, 1U, 20U, 32U, 48U, 64U, 1024U}) {
    EXPECT_EQ(of(base::Bytes(size, 0xa5)).purpose, Purpose::kUnknown) << size;
  }
  EXPECT_EQ(of(base::as_bytes("SSHSIG")).purpose, Purpose::kUnknown);
}

TEST_F(Classify, KnowsACertificateBody) {
  base::Writer body;
  body.string("ssh-ed25519-cert-v01@openssh.com").string("nonce").string("the rest");
  EXPECT_EQ(of(body.bytes()).purpose, Purpose::kCertificate);
}

TEST_F(Classify, TakesBareHashesForFilesOnly) {
  const auto of_namespace = [this](std::string_view name_space) {
    return of(
        ssh::SshSigData::of_message(name_space, ssh::SshSigHash::kSha512, base::as_bytes(commit()))
            .encode());
  };
  EXPECT_EQ(of_namespace("file").purpose, Purpose::kFile);
  EXPECT_TRUE(of_namespace("file").bare_hash);
  for (const auto name_space :
       {git::kGitNamespace, kReleaseNamespace, kApprovalNamespace, git::kBatchNamespace}) {
    EXPECT_EQ(of_namespace(name_space).purpose, Purpose::kUnknown);
    EXPECT_TRUE(of_namespace(name_space).bare_hash);
    EXPECT_TRUE(needs_object(name_space));
  }
}

TEST_F(Classify, HashesTheObjectItself) {
  const auto request = object("git", commit());
  const auto found = classify_object(request);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->purpose, Purpose::kCommit);
  EXPECT_FALSE(found->bare_hash);
  EXPECT_EQ(*found->sshsig,
            ssh::SshSigData::of_message("git", ssh::SshSigHash::kSha512, base::as_bytes(commit())));
}

TEST_F(Classify, TakesOnlyGitObjectsInNamespaceGit) {
  EXPECT_EQ(code_of(object("git", "hello")), Code::kNotAGitObject);
  EXPECT_EQ(code_of(object("git", "")), Code::kNotAGitObject);
  EXPECT_NE(code_of(object("git", commit().substr(0, 60))), Code{});
  EXPECT_EQ(code_of(object("", "hello")), Code::kMalformed);
  auto request = object("file", "hello");
  request.hash_name = "sha1";
  EXPECT_EQ(code_of(request), Code::kUnsupported);
}

TEST_F(Classify, KnowsWhatOtherNamespacesAreFor) {
  EXPECT_EQ(classify_object(object("file", "x"))->purpose, Purpose::kFile);
  EXPECT_EQ(classify_object(object(kReleaseNamespace, "x"))->purpose, Purpose::kRelease);
  EXPECT_EQ(classify_object(object(kApprovalNamespace, "x"))->purpose, Purpose::kApproval);
}

TEST_F(Classify, DescribesACommitByWhatItSays) {
  auto request = object("git", commit());
  request.repository = "/home/a/project";
  request.position = 3;
  request.count = 10;
  const Subject subject = describe_object(*classify_object(request), request);
  EXPECT_EQ(subject.headline, "sign commit: fix typo");
  EXPECT_EQ(subject.purpose, Purpose::kCommit);
  EXPECT_EQ(value_of(subject, "author"), "A <a@example.org>");
  EXPECT_EQ(value_of(subject, "committer"), "C <c@example.org>");
  EXPECT_EQ(value_of(subject, "parent"), "0123456789ab");
  EXPECT_EQ(value_of(subject, "tree"), "4b825dc642cb");
  EXPECT_EQ(value_of(subject, "repository"), "claimed /home/a/project");
  EXPECT_EQ(value_of(subject, "position"), "claimed 3 of 10");
}

TEST_F(Classify, DescribesATag) {
  const std::string tag = "object " + std::string(kParent) +
                          "\ntype commit\ntag v1.0\ntagger T <t@example.org> 1700000000 +0000\n\n"
                          "First release\n";
  const auto request = object("git", tag);
  const Subject subject = describe_object(*classify_object(request), request);
  EXPECT_EQ(subject.purpose, Purpose::kTag);
  EXPECT_EQ(subject.headline, "sign tag: v1.0");
  EXPECT_EQ(value_of(subject, "of"), "commit 0123456789ab");
  EXPECT_EQ(value_of(subject, "message"), "First release");
}

TEST_F(Classify, DescribesEveryRefOfAPushOrSaysHowManyMore) {
  std::string push =
      "certificate version 0.1\npusher SHA256:abc 1700000000 +0000\n"
      "pushee ssh://example.org/project\nnonce 1-2\n\n";
  const std::string zeros(40, '0');
  for (std::size_t i = 0; i < 40; ++i) {
    push += (i == 0 ? zeros : std::string(kParent)) + " " + (i == 1 ? zeros : std::string(kTree)) +
            " refs/heads/b" + std::to_string(i) + "\n";
  }
  const auto request = object("git", push);
  const auto found = classify_object(request);
  ASSERT_TRUE(found.has_value()) << found.error().context;
  const Subject subject = describe_object(*found, request);
  EXPECT_EQ(subject.purpose, Purpose::kPush);
  EXPECT_EQ(subject.headline, "sign push of 40 refs to: ssh://example.org/project");
  EXPECT_EQ(value_of(subject, "update"), "refs/heads/b0: created at 4b825dc642cb");
  EXPECT_EQ(value_of(subject, "not listed"), "18 more updates");
  EXPECT_LE(subject.facts.size(), kFactsMax);
}

TEST_F(Classify, TakesOnlyStatementsInThePolicysNamespace) {
  const std::string from(64, 'a');
  const std::string to(64, 'b');
  const auto request = object(git::kPolicyNamespace, git::policy_change_statement(from, to));
  const auto found = classify_object(request);
  ASSERT_TRUE(found.has_value());
  const Subject subject = describe_object(*found, request);
  EXPECT_EQ(subject.headline, "approve a change of a repository's policy");
  EXPECT_EQ(value_of(subject, "from digest"), from);
  EXPECT_EQ(value_of(subject, "to digest"), to);
  const auto removal = object(git::kPolicyNamespace, git::policy_change_statement(from, ""));
  EXPECT_EQ(describe_object(*classify_object(removal), removal).headline,
            "approve that a repository's policy is removed");
  for (const std::string& text : {std::string("anything"), commit(), std::string()}) {
    EXPECT_EQ(code_of(object(git::kPolicyNamespace, text)), Code::kMalformed);
  }
  const auto bare =
      ssh::SshSigData::of_message(git::kPolicyNamespace, ssh::SshSigHash::kSha512, request.object);
  EXPECT_EQ(of(bare.encode()).purpose, Purpose::kUnknown);
}

git::BatchManifest batch_of(std::size_t count, std::string signer) {
  git::BatchManifest batch{std::string(kParent), "refs/heads/topic", std::string(40, '0'),
                           1700000000,           std::move(signer),  {}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(100 + i);
    batch.commits.push_back(
        {number + std::string(kParent).substr(3), std::string(kTree), "change " + number});
  }
  return batch;
}

TEST_F(Classify, ShowsEveryCommitOfABatch) {
  auto request =
      object(git::kBatchNamespace, to_text(batch_of(git::kBatchMax, key_.fingerprint())));
  request.key_blob = base::to_bytes(key_.blob());
  request.repository = "/home/a/project";
  const auto found = classify_object(request);
  ASSERT_TRUE(found.has_value()) << found.error().context;
  EXPECT_EQ(found->purpose, Purpose::kBatch);
  const Subject subject = describe_object(*found, request);
  EXPECT_EQ(subject.headline, "sign a batch of 50 commits with one touch, for: refs/heads/topic");
  EXPECT_EQ(value_of(subject, "after"), "nothing");
  EXPECT_EQ(value_of(subject, "commit 1"), "1003456789ab change 100");
  EXPECT_EQ(value_of(subject, "commit 50"), "1493456789ab change 149");
  EXPECT_EQ(value_of(subject, "repository"), "claimed /home/a/project");
  EXPECT_LE(subject.facts.size(), kFactsMax);
}

TEST_F(Classify, TakesNoBatchButAWholeManifestForThisKey) {
  const std::string text = to_text(batch_of(2, key_.fingerprint()));
  const auto code = [&](std::string_view manifest, const ssh::PublicKey& key) {
    auto request = object(git::kBatchNamespace, manifest);
    request.key_blob = base::to_bytes(key.blob());
    return code_of(request);
  };
  EXPECT_EQ(code(text, key_), Code{});
  EXPECT_EQ(code(text, software_.sk("ssh:other")), Code::kMalformed);
  EXPECT_EQ(code(text + "x", key_), Code::kTrailingBytes);
  EXPECT_EQ(code(commit(), key_), Code::kMalformed);
  EXPECT_EQ(code("", key_), Code::kMalformed);
  EXPECT_EQ(code(to_text(batch_of(git::kBatchMax + 1, key_.fingerprint())), key_), Code::kTooLong);
  // A manifest in namespace git is no git object, and a commit in no other namespace is a batch.
  EXPECT_EQ(code_of(object("git", text)), Code::kNotAGitObject);
  EXPECT_EQ(classify_object(object("file", text))->purpose, Purpose::kFile);
}

TEST_F(Classify, BoundsWhatItShows) {
  const auto request = object("git", commit(std::string(100'000, 'x')));
  const Subject subject = describe_object(*classify_object(request), request);
  EXPECT_LE(subject.headline.size(), kFactBytesMax + 3);
}

TEST_F(Classify, SaysWhenTheContentIsUnknown) {
  const auto data =
      ssh::SshSigData::of_message("file", ssh::SshSigHash::kSha256, base::as_bytes("hello"));
  const Subject subject = describe(of(data.encode()), SessionBinds());
  EXPECT_EQ(subject.headline, "sign file in namespace: file");
  EXPECT_NE(value_of(subject, "content"), "-");
}

TEST_F(Classify, SaysWhenTheDestinationIsUnknown) {
  const Subject subject = describe(of(login().encode()), SessionBinds());
  EXPECT_EQ(subject.headline, "log in to an unknown host as alice");
  EXPECT_EQ(value_of(subject, "user"), "alice");
  EXPECT_EQ(value_of(subject, "destination").substr(0, 15), "claimed unknown");
}

TEST_F(Classify, NamesTheHostKeyTheSignatureCovers) {
  const ssh::SoftwareKey host(base::KeyAlgorithm::kEd25519);
  auto request = login();
  request.host_key = host.plain();
  const Subject subject = describe(of(request.encode()), SessionBinds());
  EXPECT_EQ(value_of(subject, "host key"), host.plain().fingerprint());
  EXPECT_EQ(value_of(subject, "session").substr(0, 17), "claimed not bound");
}

TEST_F(Classify, DigestIsOfTheBytes) {
  // SHA-256 of "abc" (FIPS 180-4) begins ba7816bf 8f01cfea.
  EXPECT_EQ(short_digest(base::as_bytes("abc")), "ba78-16bf-8f01-cfea");
}

}  // namespace
}  // namespace touchstone::agent
