// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/audit.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace touchstone::git {
namespace {

using base::Code;
using From = KnownSignature::From;
using Ranges = std::vector<CounterRange>;

const AuditedKey kDedicated{"sign", "SHA256:x", {CounterKind::kSteps, 1}, true};

KnownSignature journal(std::uint32_t counter) { return {From::kJournal, counter, {}, true}; }
KnownSignature probe(std::uint32_t counter) { return {From::kProbe, counter, {}, true}; }
KnownSignature object(std::uint32_t counter, std::string id, bool touched = true) {
  return {From::kRepository, counter, std::move(id), touched};
}

std::vector<Code> codes(const KeyAudit& audit) {
  std::vector<Code> codes;
  for (const HistoryFinding& finding : audit.findings) {
    codes.push_back(finding.error.code);
  }
  return codes;
}

TEST(CounterHabit, IsLearnedFromSignaturesInARow) {
  using Counters = std::vector<std::uint32_t>;
  EXPECT_EQ(habit_of(Counters{}), CounterHabit{});
  EXPECT_EQ(habit_of(Counters{7}), CounterHabit{});
  EXPECT_EQ(habit_of(Counters{7, 8}), (CounterHabit{CounterKind::kSteps, 1}));
  EXPECT_EQ(habit_of(Counters{7, 8, 9, 10}), (CounterHabit{CounterKind::kSteps, 1}));
  EXPECT_EQ(habit_of(Counters{2, 5, 8}), (CounterHabit{CounterKind::kSteps, 3}));
  EXPECT_EQ(habit_of(Counters{7, 8, 9, 11}), (CounterHabit{CounterKind::kVaries, 0}));
  EXPECT_EQ(habit_of(Counters{0, 0, 0}), (CounterHabit{CounterKind::kNone, 0}));
  EXPECT_EQ(habit_of(Counters{5, 5, 5}), (CounterHabit{CounterKind::kNone, 0}));
  EXPECT_EQ(habit_of(Counters{5, 5, 6}), (CounterHabit{CounterKind::kVaries, 0}));
  EXPECT_EQ(habit_of(Counters{5, 4}), CounterHabit{});
  EXPECT_EQ(habit_of(Counters{UINT32_MAX - 1, UINT32_MAX}), (CounterHabit{CounterKind::kSteps, 1}));
}

TEST(Audit, TakesTwinsForOneSignature) {
  const auto over = [](std::string id, std::string_view text) {
    KnownSignature signature = object(5, std::move(id));
    signature.signed_data = base::sha256(base::as_bytes(text));
    return signature;
  };
  const KeyAudit twins = audit_key(kDedicated, {over("c", "x"), journal(5), over("a", "x")});
  EXPECT_TRUE(twins.findings.empty());
  EXPECT_EQ(twins.signatures, 1U);
  const KeyAudit more = audit_key(kDedicated, {over("a", "x"), over("b", "y"), over("c", "x")});
  EXPECT_EQ(codes(more), std::vector{Code::kCounterRepeated});
  EXPECT_EQ(more.signatures, 2U);
}

TEST(Audit, HasNothingToSayOfNothing) {
  const KeyAudit audit = audit_key(kDedicated, {});
  EXPECT_EQ(audit.first, 0U);
  EXPECT_EQ(audit.unknown, 0U);
  EXPECT_TRUE(audit.findings.empty());
}

TEST(Audit, IsContentWhenEveryValueIsKnown) {
  const KeyAudit audit =
      audit_key(kDedicated, {probe(3), probe(4), journal(5), probe(6), object(7, "a"), journal(8)});
  EXPECT_TRUE(audit.exact);
  EXPECT_EQ(audit.first, 3U);
  EXPECT_EQ(audit.last, 8U);
  EXPECT_EQ(audit.signatures, 3U);
  EXPECT_EQ(audit.probes, 3U);
  EXPECT_EQ(audit.unknown, 0U);
  EXPECT_TRUE(audit.findings.empty());
  EXPECT_EQ(audit.elsewhere, (std::vector<std::string>{"a"}));
}

TEST(Audit, CountsEveryMissingValueOfADedicatedToken) {
  const KeyAudit audit = audit_key(kDedicated, {probe(3), journal(5), journal(6), probe(10)});
  EXPECT_EQ(audit.unknown, 4U);
  EXPECT_EQ(audit.missing, (Ranges{{4, 4}, {7, 9}}));
  ASSERT_EQ(codes(audit), std::vector{Code::kCounterGap});
  EXPECT_EQ(audit.findings[0].error.native, 4);
  EXPECT_NE(audit.findings[0].error.context.find("counter 4, 7-9"), std::string::npos);
}

TEST(Audit, GivesABoundWhereTheTokenHasOtherUses) {
  for (const AuditedKey& key :
       {AuditedKey{"k", "F", {CounterKind::kSteps, 1}, false},
        AuditedKey{"k", "F", {CounterKind::kSteps, 2}, true},
        AuditedKey{"k", "F", {CounterKind::kVaries, 0}, true}, AuditedKey{"k", "F", {}, true}}) {
    const KeyAudit audit = audit_key(key, {probe(3), journal(5), journal(6), probe(10)});
    EXPECT_FALSE(audit.exact);
    EXPECT_EQ(audit.unknown, 4U);
    EXPECT_TRUE(audit.missing.empty());
    EXPECT_TRUE(audit.findings.empty());
  }
}

TEST(Audit, CountsWhatIsInJournalAndRepositoryOnce) {
  const KeyAudit audit =
      audit_key(kDedicated, {journal(5), object(5, "a"), object(5, "a"), object(6, "b")});
  EXPECT_EQ(audit.signatures, 2U);
  EXPECT_EQ(audit.elsewhere, (std::vector<std::string>{"b"}));
  EXPECT_TRUE(audit.findings.empty());
}

TEST(Audit, FindsAValueThatStandsInTwoObjects) {
  const KeyAudit audit = audit_key(kDedicated, {object(5, "a"), object(5, "b")});
  ASSERT_EQ(codes(audit), std::vector{Code::kCounterRepeated});
  EXPECT_EQ(audit.findings[0].id, "b");
  EXPECT_EQ(audit.findings[0].other, "a");
}

// The agent itself used up that value, for random bytes: whoever shows another signature with it
// has a copy of the token.
TEST(Audit, FindsAnObjectWithTheValueOfAProbe) {
  EXPECT_EQ(codes(audit_key(kDedicated, {probe(5), object(5, "a")})),
            std::vector{Code::kCounterRepeated});
  EXPECT_EQ(codes(audit_key(kDedicated, {probe(5), journal(5)})),
            std::vector{Code::kCounterRepeated});
}

TEST(Audit, FindsObjectsSignedWithoutATouch) {
  const KeyAudit audit = audit_key(kDedicated, {journal(5), object(6, "a", false), journal(7)});
  ASSERT_EQ(codes(audit), std::vector{Code::kNoPresence});
  EXPECT_EQ(audit.findings[0].id, "a");
  EXPECT_EQ(audit.unknown, 0U);
}

TEST(Audit, TellsNothingFromZeros) {
  const KeyAudit audit =
      audit_key({"k", "F", {CounterKind::kNone, 0}, true},
                {journal(0), journal(0), probe(0), object(0, "a"), object(0, "b")});
  EXPECT_EQ(audit.unknown, 0U);
  EXPECT_TRUE(audit.findings.empty());
  EXPECT_EQ(audit.first, 0U);
  EXPECT_EQ(audit.elsewhere, (std::vector<std::string>{"a", "b"}));
}

TEST(Audit, HoldsTheLimitOfRanges) {
  std::vector<KnownSignature> known;
  for (std::uint32_t i = 0; i < kMissingRangesMax + 2; ++i) {
    known.push_back(journal(1 + 2 * i));
  }
  const KeyAudit audit = audit_key(kDedicated, known);
  EXPECT_EQ(audit.missing.size(), kMissingRangesMax);
  EXPECT_EQ(audit.unknown, kMissingRangesMax + 1);
}

TEST(Audit, CountsUpToTheLastValueThereIs) {
  const KeyAudit audit = audit_key(kDedicated, {journal(1), journal(UINT32_MAX)});
  EXPECT_EQ(audit.unknown, UINT32_MAX - 2U);
  EXPECT_EQ(audit.missing, (Ranges{{2, UINT32_MAX - 1}}));
}

TEST(Audit, SaysRangesInWords) {
  EXPECT_EQ(to_text(Ranges{}), "");
  EXPECT_EQ(to_text(Ranges{{7, 7}, {9, 12}}), "7, 9-12");
}

// Whatever a token did: what an honest record leaves out of it is exactly what is found, in
// whatever order it is read.
RC_GTEST_PROP(AuditProperties, FindsExactlyWhatIsLeftOut, ()) {
  const auto fates = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
  const auto start = *rc::gen::inRange<std::uint32_t>(1, 1000);
  std::vector<KnownSignature> known{probe(start)};
  std::set<std::uint32_t> left_out;
  std::uint32_t counter = start;
  for (const int fate : fates) {
    ++counter;
    switch (fate) {
      case 0:
        left_out.insert(counter);
        break;
      case 1:
        known.push_back(probe(counter));
        break;
      case 2:
        known.push_back(journal(counter));
        break;
      case 3:
        known.push_back(object(counter, std::to_string(counter)));
        break;
      default:  // not an enum
        known.push_back(journal(counter));
        known.push_back(object(counter, std::to_string(counter)));
    }
  }
  known.push_back(probe(++counter));
  std::reverse(known.begin(), known.end());
  const KeyAudit audit = audit_key(kDedicated, known);
  std::set<std::uint32_t> found;
  for (const CounterRange& range : audit.missing) {
    for (std::uint32_t value = range.first; value <= range.last; ++value) {
      found.insert(value);
    }
  }
  RC_ASSERT(found == left_out);
  RC_ASSERT(audit.unknown == left_out.size());
  RC_ASSERT(audit.findings.size() == (left_out.empty() ? 0U : 1U));
}

}  // namespace
}  // namespace touchstone::git
