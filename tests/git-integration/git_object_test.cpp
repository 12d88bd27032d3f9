// SPDX-License-Identifier: Apache-2.0
#include "git-integration/git_object.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;

const std::string kTree = "d8329fc1cc938780ffdd9f94e0d364e0ea74f579";
const std::string kParent = "9c435a86e664be00db0d973e981425e4a3ef3f8d";
const std::string kOther = "e83c5163316f89bfbde7d9ab23ca2e25604af290";
const std::string kSha256 = "9c435a86e664be00db0d973e981425e4a3ef3f8d000000000000000000000000";
const std::string kWho = "A U Thor <author@example.com> 1700000000 +0100";

std::string commit_text(const std::string& extra = {}, const std::string& message = "subject\n") {
  return "tree " + kTree + "\nparent " + kParent + "\nauthor " + kWho + "\ncommitter " + kWho +
         "\n" + extra + "\n" + message;
}

std::string tag_text() {
  return "object " + kTree + "\ntype commit\ntag v1.0\ntagger " + kWho + "\n\nrelease\n";
}

std::string certificate_text(const std::string& updates) {
  return "certificate version 0.1\npusher SHA256:abc  1700000000 +0000\n"
         "pushee https://git.example/x\nnonce 1700000000-0123\npush-option ci.skip\n\n" +
         updates;
}

base::Result<ParsedObject> parse(const std::string& text) {
  return parse_payload(base::as_bytes(text));
}

Code error_of(const std::string& text) {
  const auto parsed = parse(text);
  EXPECT_FALSE(parsed.has_value()) << text;
  return parsed ? Code{} : parsed.error().code;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(GitObject, ReadsCommit) {
  const std::string text =
      commit_text("encoding latin1\nchange-id abc\n", "\n  subject \n\nbody\n");
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed) << base::message_of(parsed.error());
  EXPECT_EQ(parsed->kind(), ObjectKind::kCommit);
  EXPECT_EQ(parsed->algorithm, HashAlgorithm::kSha1);
  EXPECT_EQ(parsed->seconds(), 1700000000U);
  const Commit& commit = *parsed->commit();
  EXPECT_EQ(commit.tree, kTree);
  ASSERT_EQ(commit.parents.size(), 1U);
  EXPECT_EQ(commit.parents[0], kParent);
  EXPECT_EQ(commit.author.name, "A U Thor");
  EXPECT_EQ(commit.author.email, "author@example.com");
  EXPECT_EQ(commit.author.zone, "+0100");
  EXPECT_EQ(commit.encoding, "latin1");
  ASSERT_EQ(commit.extra_headers.size(), 1U);
  EXPECT_EQ(commit.extra_headers[0], "change-id");
  EXPECT_EQ(commit.subject, "subject");
  EXPECT_EQ(commit.message, "\n  subject \n\nbody\n");
}

TEST(GitObject, ReadsRootCommitAndOctopus) {
  const auto root = parse(replaced(commit_text(), "parent " + kParent + "\n", ""));
  ASSERT_TRUE(root);
  EXPECT_TRUE(root->commit()->parents.empty());
  const auto octopus =
      parse(replaced(commit_text(), "parent " + kParent + "\n",
                     "parent " + kParent + "\nparent " + kOther + "\nparent " + kTree + "\n"));
  ASSERT_TRUE(octopus);
  EXPECT_EQ(octopus->commit()->parents.size(), 3U);
}

TEST(GitObject, ReadsSha256) {
  std::string text = replaced(commit_text(), kTree, kSha256);
  EXPECT_EQ(error_of(text), Code::kMalformed);  // the parent is still a SHA-1 name
  text = replaced(text, kParent + "\nauthor", kSha256 + "\nauthor");
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->algorithm, HashAlgorithm::kSha256);
}

TEST(GitObject, AcceptsEmptyMessageAndEmptyName) {
  const auto parsed = parse(replaced(commit_text({}, ""), "author A U Thor <", "author <"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->commit()->author.name, "");
  EXPECT_EQ(parsed->commit()->subject, "");
}

TEST(GitObject, RefusesWhatIsNoObject) {
  for (const char* text : {"", "tree", "hello\n", "Tree x\n", "blob 12\n", " tree x\n"}) {
    EXPECT_EQ(error_of(text), Code::kNotAGitObject) << text;
  }
}

TEST(GitObject, RefusesMalformedCommit) {
  const std::string good = commit_text();
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"tree " + kTree, "tree " + kTree.substr(1)},
      {"tree " + kTree, "tree " + kTree + "0"},
      {"tree " + kTree, "tree " + replaced(kTree, "d", "D")},
      {"tree " + kTree, "tree  " + kTree},
      {"tree " + kTree + "\n", "tree " + kTree + "\ntree " + kTree + "\n"},
      {"parent " + kParent, "parent " + kSha256},
      {"parent " + kParent + "\n", "parent " + kParent + "\n\n"},
      {"author " + kWho + "\n", ""},
      {"author " + kWho + "\n", "author " + kWho + "\nauthor " + kWho + "\n"},
      {"committer " + kWho + "\n", ""},
      {"<author@example.com>", "author@example.com"},
      {"<author@example.com>", "<author@example.com"},
      {"<author@example.com>", "<author@example.com> <x>"},
      {"Thor <", "Thor<"},
      {"1700000000", ""},
      {"1700000000", "01700000000"},
      {"1700000000", "-1"},
      {"1700000000", "17e8"},
      {"1700000000", "1234567890123456789"},
      {"+0100", "0100"},
      {"+0100", "+010"},
      {"+0100", "+01000"},
      {"+0100", "+01a0"},
      {"\n\nsubject\n", "\n"},
      {"\n\nsubject\n", ""},
      {"subject", std::string("sub\0ject", 8)},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_EQ(error_of(replaced(good, from, to)), Code::kMalformed) << from << " -> " << to;
  }
}

TEST(GitObject, RefusesMisplacedHeaders) {
  for (const std::string& extra :
       {"parent " + kParent + "\n", "tree " + kTree + "\n", "author " + kWho + "\n",
        "committer " + kWho + "\n", std::string("gpgsig -----BEGIN SSH SIGNATURE-----\n"),
        std::string("gpgsigfoo x\n"), std::string("encoding a\nencoding b\n"),
        std::string("encoding a\n b\n"), std::string("noval\n"), std::string(" folded\n"),
        std::string("\tx y\n")}) {
    EXPECT_EQ(error_of(commit_text(extra)), Code::kMalformed) << extra;
  }
}

TEST(GitObject, ReadsMergeTag) {
  const std::string header = "mergetag object " + kOther + "\n type commit\n tag v2\n tagger " +
                             kWho +
                             "\n \n text\n -----BEGIN PGP SIGNATURE-----\n \n x\n"
                             " -----END PGP SIGNATURE-----\n";
  const std::string parent = "parent " + kParent + "\n";
  const auto merge = [&](const std::string& extra) {
    return replaced(commit_text(extra), parent, parent + "parent " + kOther + "\n");
  };
  const auto parsed = parse(merge(header));
  ASSERT_TRUE(parsed) << base::message_of(parsed.error());
  ASSERT_EQ(parsed->commit()->merge_tags.size(), 1U);
  EXPECT_EQ(parsed->commit()->merge_tags[0].name, "v2");
  EXPECT_EQ(parsed->commit()->merge_tags[0].object, kOther);
  EXPECT_EQ(error_of(merge(replaced(header, kOther, kSha256))), Code::kMalformed);
  EXPECT_EQ(error_of(merge("mergetag nothing\n")), Code::kMalformed);
  EXPECT_EQ(error_of(commit_text(header)), Code::kMalformed);
  // git leaves out what was there when the first tag has it behind it.
  EXPECT_TRUE(parse(merge(replaced(header, kOther, kParent))));
  // A tag of a tag names no commit.
  EXPECT_TRUE(parse(merge(replaced(header, "type commit", "type tag"))));
}

TEST(GitObject, HoldsLimits) {
  const auto with = [](const std::string& line, std::size_t count) {
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) {
      lines += line;
    }
    return lines;
  };
  const std::string parent = "parent " + kParent + "\n";
  EXPECT_TRUE(parse(replaced(commit_text(), parent, with(parent, kParentsMax))));
  EXPECT_EQ(error_of(replaced(commit_text(), parent, with(parent, kParentsMax + 1))),
            Code::kTooLong);
  EXPECT_TRUE(parse(commit_text(with("x y\n", kExtraHeadersMax))));
  EXPECT_EQ(error_of(commit_text(with("x y\n", kExtraHeadersMax + 1))), Code::kTooLong);
  const std::string merge = "mergetag object " + kOther + "\n type tag\n tag v2\n \n";
  EXPECT_TRUE(parse(commit_text(with(merge, kMergeTagsMax))));
  EXPECT_EQ(error_of(commit_text(with(merge, kMergeTagsMax + 1))), Code::kTooLong);
  EXPECT_TRUE(parse(commit_text(std::string(kHeaderNameMax, 'h') + " v\n")));
  EXPECT_EQ(error_of(commit_text(std::string(kHeaderNameMax + 1, 'h') + " v\n")), Code::kMalformed);
  const std::size_t rest = commit_text({}, "").size();
  EXPECT_TRUE(parse(commit_text({}, std::string(kObjectMax - rest, 'm'))));
  EXPECT_EQ(error_of(commit_text({}, std::string(kObjectMax - rest + 1, 'm'))), Code::kTooLong);
  const std::string date = " <a@b> 1 +0000";
  const auto named = [&](std::size_t size) {
    return replaced(commit_text(), kWho, std::string(size - date.size(), 'n') + date);
  };
  EXPECT_TRUE(parse(named(kIdentityMax)));
  EXPECT_EQ(error_of(named(kIdentityMax + 1)), Code::kTooLong);
  const std::string update = kTree + " " + kParent + " refs/heads/main\n";
  EXPECT_TRUE(parse(certificate_text(with(update, kRefUpdatesMax))));
  EXPECT_EQ(error_of(certificate_text(with(update, kRefUpdatesMax + 1))), Code::kTooLong);
  const std::string option = "push-option ci.skip\n";
  EXPECT_TRUE(parse(replaced(certificate_text(update), option, with(option, kPushOptionsMax))));
  EXPECT_EQ(error_of(replaced(certificate_text(update), option, with(option, kPushOptionsMax + 1))),
            Code::kTooLong);
  EXPECT_TRUE(parse(replaced(tag_text(), "v1.0", std::string(kRefNameMax, 'v'))));
  EXPECT_EQ(error_of(replaced(tag_text(), "v1.0", std::string(kRefNameMax + 1, 'v'))),
            Code::kMalformed);
}

TEST(GitObject, ReadsTag) {
  const std::string text = tag_text();
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->kind(), ObjectKind::kTag);
  EXPECT_EQ(parsed->tag()->object, kTree);
  EXPECT_EQ(parsed->tag()->type, "commit");
  EXPECT_EQ(parsed->tag()->name, "v1.0");
  EXPECT_EQ(parsed->tag()->tagger->email, "author@example.com");
  EXPECT_EQ(parsed->tag()->subject, "release");
  const std::string old = replaced(text, "tagger " + kWho + "\n", "");
  const auto without_tagger = parse(old);
  ASSERT_TRUE(without_tagger);
  EXPECT_FALSE(without_tagger->tag()->tagger);
  EXPECT_EQ(without_tagger->seconds(), 0U);
}

TEST(GitObject, RefusesMalformedTag) {
  const std::string good = tag_text();
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"type commit", "type commits"},
      {"type commit\n", ""},
      {"tag v1.0", "tag "},
      {"tag v1.0", "tag v 1"},
      {"tag v1.0\n", "tag v1.0\ntag v2.0\n"},
      {"\n\nrelease", "\nextra header\n\nrelease"},
      {"\n\nrelease\n", "\n"},
      {"release", "-----BEGIN SSH SIGNATURE-----"},
      {"release", "-----BEGIN PGP MESSAGE-----"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_EQ(error_of(replaced(good, from, to)), Code::kMalformed) << from << " -> " << to;
  }
  EXPECT_TRUE(parse(replaced(good, "release", " -----BEGIN SSH SIGNATURE-----")));
}

TEST(GitObject, ReadsPushCertificate) {
  const std::string text = certificate_text(kTree + " " + kParent + " refs/heads/main\n" + kTree +
                                            " " + std::string(40, '0') + " refs/heads/old\n");
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed) << base::message_of(parsed.error());
  EXPECT_EQ(parsed->kind(), ObjectKind::kPushCertificate);
  const PushCertificate& certificate = *parsed->push_certificate();
  EXPECT_EQ(certificate.pusher, "SHA256:abc");
  EXPECT_EQ(certificate.seconds, 1700000000U);
  EXPECT_EQ(certificate.pushee, "https://git.example/x");
  EXPECT_EQ(certificate.nonce, "1700000000-0123");
  ASSERT_EQ(certificate.options.size(), 1U);
  EXPECT_EQ(certificate.options[0], "ci.skip");
  ASSERT_EQ(certificate.updates.size(), 2U);
  EXPECT_EQ(certificate.updates[1].ref, "refs/heads/old");
}

TEST(GitObject, RefusesMalformedPushCertificate) {
  const std::string update = kTree + " " + kParent + " refs/heads/main\n";
  const std::string good = certificate_text(update);
  EXPECT_EQ(error_of(replaced(good, "0.1", "0.2")), Code::kUnsupported);
  EXPECT_EQ(error_of(certificate_text("")), Code::kMalformed);
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"pusher SHA256:abc  1700000000 +0000\n", ""},
      {"  1700000000 +0000", ""},
      {"  1700000000 +0000", " +0000"},
      {"\n\n", "\n"},
      {"\n\n", "\nother header\n\n"},
      {"nonce 1700000000-0123\n", "nonce a\nnonce b\n"},
      {update, kTree + " " + kParent + "\n"},
      {update, kTree + " " + kParent + " refs/heads/a b\n"},
      {update, kTree + " " + kSha256 + " refs/heads/main\n"},
      {update, update.substr(0, update.size() - 1)},
      {update, "\n" + update},
      {update, update + "-----BEGIN SSH SIGNATURE-----\n"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_EQ(error_of(replaced(good, from, to)), Code::kMalformed) << from << " -> " << to;
  }
}

// Names of objects as git itself gives them.
TEST(GitObject, ComputesObjectIds) {
  EXPECT_EQ(object_id(HashAlgorithm::kSha1, "blob", {}),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(object_id(HashAlgorithm::kSha256, "blob", {}),
            "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813");
}

}  // namespace
}  // namespace touchstone::git
