// SPDX-License-Identifier: Apache-2.0
#include "git-integration/object_stream.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/judge_pool.h"
#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;

TEST(ObjectStream, GivesObjectsAsTheyAre) {
  const Repository repository;
  const std::string bytes("a\0b\n\nc", 6);
  const std::string blob = repository.store("blob", bytes);
  const std::string empty = repository.store("blob", "");
  auto stream = ObjectStream::of_ids(repository.path(), {blob, empty, blob});
  ASSERT_TRUE(stream);
  for (const std::string& expected : {bytes, std::string(), bytes}) {
    const auto object = stream->next();
    ASSERT_TRUE(object && *object);
    EXPECT_EQ((*object)->type, "blob");
    EXPECT_EQ(base::as_text((*object)->bytes), expected);
    EXPECT_EQ(object_id(HashAlgorithm::kSha1, "blob", (*object)->bytes), (*object)->id);
  }
  const auto end = stream->next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
  EXPECT_FALSE(*stream->next());
}

TEST(ObjectStream, HoldsLimitOfObjects) {
  const Repository repository;
  const std::string at_limit = repository.store("blob", std::string(kObjectMax, 'x'));
  const std::string above = repository.store("blob", std::string(kObjectMax + 1, 'x'));
  auto stream = ObjectStream::of_ids(repository.path(), {above, at_limit});
  ASSERT_TRUE(stream);
  const auto first = stream->next();
  ASSERT_TRUE(first && *first);
  EXPECT_TRUE((*first)->too_large);
  EXPECT_TRUE((*first)->bytes.empty());
  const auto second = stream->next();
  ASSERT_TRUE(second && *second);
  EXPECT_FALSE((*second)->too_large);
  EXPECT_EQ((*second)->bytes.size(), kObjectMax);
}

TEST(ObjectStream, HoldsLimitOfNames) {
  const Repository repository;
  const std::string blob = repository.store("blob", "x");
  EXPECT_TRUE(ObjectStream::of_ids(repository.path(), std::vector<std::string>(kRangesMax, blob)));
  const auto above =
      ObjectStream::of_ids(repository.path(), std::vector<std::string>(kRangesMax + 1, blob));
  ASSERT_FALSE(above);
  EXPECT_EQ(above.error().code, Code::kTooLong);
  const auto ranges = ObjectStream::of_history(
      {repository.path(), std::vector<std::string>(kRangesMax + 1, "HEAD")});
  ASSERT_FALSE(ranges);
  EXPECT_EQ(ranges.error().code, Code::kTooLong);
}

TEST(ObjectStream, SaysWhatIsMissing) {
  const Repository repository;
  const std::string id(40, '1');
  auto stream = ObjectStream::of_ids(repository.path(), {id});
  ASSERT_TRUE(stream);
  const auto object = stream->next();
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, Code::kNotFound);
  EXPECT_NE(object.error().context.find(id), std::string::npos);
}

class JudgeJob : public testing::Test {
 protected:
  JudgeJob()
      : key_(SoftKey::sk_ed25519()), allowed_(*ssh::AllowedSigners::parse(key_.line("alice"))) {
    const std::string text = repository_.commit_text({}, "m\n");
    const std::string object = repository_.with_signature(text, key_.sign(text));
    job_.object.bytes = base::to_bytes(object);
    job_.object.type = "commit";
    job_.object.id = object_id(HashAlgorithm::kSha1, "commit", job_.object.bytes);
  }
  Verdict verdict() {
    ssh::PublicKeyCache cache;
    return judge_job(job_, Trust{&allowed_, nullptr}, PlainRules{}, cache).object.verdict;
  }
  void expect_bad(Code code) {
    EXPECT_EQ(verdict().presence.presence, PresenceClass::kBad);
    EXPECT_EQ(verdict().reason->code, code);
  }
  Repository repository_;
  SoftKey key_;
  ssh::AllowedSigners allowed_;
  Job job_;
};

TEST_F(JudgeJob, TakesWhatHasItsName) {
  EXPECT_EQ(verdict().presence.presence, PresenceClass::kTouch);
}

TEST_F(JudgeJob, RefusesBytesThatAreNotOfThatName) {
  job_.object.id.front() = job_.object.id.front() == '0' ? '1' : '0';
  expect_bad(Code::kHashMismatch);
}

TEST_F(JudgeJob, RefusesOtherTypesAndSizes) {
  job_.object.type = "blob";
  expect_bad(Code::kMalformed);
  job_.object.type = "commit";
  job_.object.too_large = true;
  expect_bad(Code::kTooLong);
}

}  // namespace
}  // namespace touchstone::git
