// SPDX-License-Identifier: Apache-2.0
// What verdicts look like, for people and as JSON.
#include <string>

#include <gtest/gtest.h>

#include "git-integration/presence.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {
namespace {

using base::Code;

TEST(VerdictText, PrintsJson) {
  ObjectVerdict verdict;
  verdict.id = "0123456789abcdef";
  verdict.verdict = {{PresenceClass::kTouch, 0, 0}, "alice", "SHA256:x", "sk", 7, std::nullopt};
  verdict.accepted = true;
  EXPECT_EQ(
      to_json_line(verdict),
      R"({"commit":"0123456789abcdef","class":"touch","signer":"alice","identity":null,)"
      R"("key":"SHA256:x","counter":7,"accepted":true,"problems":[],"reason":null,"error":null})"
      "\n");
  verdict.kind = ObjectKind::kTag;
  verdict.name = "v\x1b[1m";
  verdict.verdict = {};
  verdict.verdict.reason = base::Error{Code::kUnsigned, 0, {}};
  verdict.problems = {*verdict.verdict.reason};
  verdict.accepted = false;
  EXPECT_EQ(
      to_json_line(verdict),
      R"({"tag":"0123456789abcdef","name":"v\\x1b[1m","class":"unsigned","signer":null,)"
      R"("identity":null,"key":null,"counter":null,"accepted":false,"problems":[{"error":"unsigned",)"
      R"("message":"not signed","hint":"sign it: touchstone sign RANGE, git commit --amend -S (the last one), or git tag -s"}],)"
      R"("reason":"not signed","error":"unsigned"})"
      "\n");
}

TEST(VerdictText, PrintsFindings) {
  EXPECT_EQ(
      to_json_line(HistoryFinding{{Code::kUnsigned, 0, {}}, "01", {}}),
      R"({"finding":{"error":"unsigned","message":"not signed",)"
      R"("hint":"sign it: touchstone sign RANGE, git commit --amend -S (the last one), or git tag -s","id":"01","other":null}})"
      "\n");
}

TEST(VerdictText, PrintsForPeople) {
  ObjectVerdict verdict;
  verdict.id = "0123456789abcdef";
  verdict.verdict = {{PresenceClass::kTouch, 0, 0}, "al\nice", "SHA256:x", "sk", 7, std::nullopt};
  EXPECT_EQ(to_text_line(verdict),
            "commit 0123456789ab  touch       al\\x0aice  SHA256:x  counter 7\n");
  verdict.verdict = {};
  EXPECT_EQ(to_text_line(verdict), "commit 0123456789ab  unsigned\n");
  verdict.verdict.presence.presence = PresenceClass::kNoTouch;
  verdict.verdict.signer = "deps";
  verdict.identity = "bot";
  EXPECT_EQ(to_text_line(verdict), "commit 0123456789ab  no-touch    deps (bot)\n");
  EXPECT_NE(to_json_line(verdict).find(R"("signer":"deps","identity":"bot")"), std::string::npos);
  VerifySummary summary;
  summary.total = 3;
  summary.by_class = {1, 0, 0, 0, 0, 0, 2, 0};
  EXPECT_EQ(to_text(summary), "3 objects: 1 touch, 2 unsigned\n");
  summary.refused = 2;
  EXPECT_EQ(to_text(summary), "3 objects: 1 touch, 2 unsigned\n2 refused\n");
  summary.by_policy = true;
  EXPECT_EQ(to_text(summary),
            "3 objects: 1 touch, 2 unsigned\n2 refused by the repository's policy\n");
  summary.by_identities = 1;
  EXPECT_TRUE(
      to_text(summary).starts_with("3 objects: 1 touch, 2 unsigned; 1 by bots or forges\n"));
}

TEST(VerdictText, SaysEachProblemInALineAndItsMendOnce) {
  ObjectVerdict verdict;
  verdict.id = "0123456789abcdef";
  verdict.verdict = {{PresenceClass::kTouch, 0, 0}, "alice", "SHA256:x", "sk", 7, std::nullopt};
  verdict.problems = {{Code::kCommitterMismatch, 0, "mallory\x1b[1m"}, {Code::kExpiredKey, 0, ""}};
  EXPECT_EQ(to_text_line(verdict),
            "commit 0123456789ab  touch       alice  SHA256:x  counter 7\n"
            "  committer-mismatch: mallory\\x1b[1m: the committer is not the signer\n"
            "  expired-key: the key is past its time, and only the object itself says when it was "
            "made\n");
  ProblemTally tally;
  EXPECT_EQ(tally.to_text(), "");
  tally.add(verdict);
  verdict.problems.pop_back();
  tally.add(verdict);
  tally.add(HistoryFinding{{Code::kCounterRepeated, 0, ""}, "01", "02"});
  const std::string text = tally.to_text();
  EXPECT_TRUE(text.starts_with("2 × committer-mismatch: the committer is not the signer\n  hint: "))
      << text;
  EXPECT_NE(text.find("1 × expired-key: "), std::string::npos);
  EXPECT_NE(text.find("1 × counter-repeated: "), std::string::npos);
  EXPECT_EQ(to_text_line(HistoryFinding{
                {Code::kCounterRepeated, 0, "7"}, "0123456789abcdef", "fedcba9876543210"}),
            "history 0123456789ab and fedcba987654\n"
            "  counter-repeated: 7: one value of the token's counter stands in two signatures\n");
}

TEST(VerdictText, NamesFiles) {
  ObjectVerdict verdict;
  verdict.file = "a\nb";
  verdict.accepted = true;
  EXPECT_EQ(to_text_line(verdict), "file   a\\x0ab  unsigned\n");
  EXPECT_TRUE(to_json_line(verdict).starts_with(R"({"file":"a\\x0ab","class":)"));
}

}  // namespace
}  // namespace touchstone::git
