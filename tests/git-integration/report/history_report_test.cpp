// SPDX-License-Identifier: Apache-2.0
#include "git-integration/report/history_report.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "tests/git-integration/report/report_support.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;
using Gap = HistoryReport::Gap;

std::vector<std::pair<std::string, std::uint64_t>> bars_of(const HistoryReport& report) {
  std::vector<std::pair<std::string, std::uint64_t>> bars;
  for (const HistoryReport::Bar& bar : report.bars()) {
    bars.emplace_back(bar.label, total_of(bar.counts));
  }
  return bars;
}

std::uint64_t count_of(const ClassCounts& counts, PresenceClass presence) {
  return counts.at(static_cast<std::size_t>(presence));
}

TEST(HistoryReport, HasNothingToSayOfNothing) {
  HistoryReport report;
  report.finish({});
  EXPECT_THAT(report.bars(), IsEmpty());
  EXPECT_THAT(report.signers(), IsEmpty());
  EXPECT_THAT(report.counters(), IsEmpty());
  EXPECT_THAT(report.problems(), IsEmpty());
  EXPECT_THAT(report.refused(), IsEmpty());
  EXPECT_EQ(report.undated(), 0U);
}

TEST(HistoryReport, CountsByDayWeekOrMonthsAsTheBarsFit) {
  const auto history = [](std::uint64_t days) {
    HistoryReport report;
    report.add(object_of({.seconds = kFirstOfMarch2026 + kDay - 1}));
    report.add(object_of({.seconds = kFirstOfMarch2026 + (days - 1) * kDay}));
    return bars_of(report);
  };
  using testing::Pair;
  EXPECT_THAT(history(3),
              ElementsAre(Pair("2026-03-01", 1), Pair("2026-03-02", 0), Pair("2026-03-03", 1)));
  EXPECT_EQ(history(kReportBarsMax).size(), kReportBarsMax);
  EXPECT_THAT(history(kReportBarsMax + 1),
              ElementsAre(Pair("2026-03-01 to 2026-03-07", 1), Pair("2026-03-08 to 2026-03-14", 0),
                          Pair("2026-03-15 to 2026-03-21", 0), Pair("2026-03-22 to 2026-03-28", 0),
                          Pair("2026-03-29 to 2026-04-04", 0), Pair("2026-04-05 to 2026-04-11", 0),
                          Pair("2026-04-12 to 2026-04-18", 1)));
  EXPECT_EQ(history(7 * kReportBarsMax).size(), kReportBarsMax);
  const auto months = history(7 * kReportBarsMax + 1);
  EXPECT_EQ(months.size(), 11U);
  EXPECT_EQ(months.front(), std::pair(std::string("2026-03"), std::uint64_t{1}));
  EXPECT_EQ(months.back(), std::pair(std::string("2027-01"), std::uint64_t{1}));
  const auto pairs = history(10 * 365);
  EXPECT_LE(pairs.size(), kReportBarsMax);
  EXPECT_EQ(pairs.front().first, "2026-03 to 2026-05");
  EXPECT_EQ(pairs.back().first, "2035-12 to 2036-02");
}

TEST(HistoryReport, LeavesOutDatesThatAreNone) {
  constexpr std::uint64_t k1990 = 631'152'000;
  constexpr std::uint64_t k2100 = 4'102'444'800;
  HistoryReport report;
  for (const std::uint64_t seconds : {std::uint64_t{0}, k1990 - 1, k2100, UINT64_MAX}) {
    report.add(object_of({.seconds = seconds}));
  }
  EXPECT_EQ(report.undated(), 4U);
  EXPECT_THAT(report.bars(), IsEmpty());
  report.add(object_of({.seconds = k1990}));
  report.add(object_of({.seconds = k2100 - 1}));
  EXPECT_EQ(report.undated(), 4U);
  const auto bars = bars_of(report);
  EXPECT_LE(bars.size(), kReportBarsMax);
  EXPECT_EQ(bars.front().first.substr(0, 7), "1990-01");
  EXPECT_EQ(bars.back().first.substr(bars.back().first.size() - 7), "2099-12");
}

TEST(HistoryReport, DoesNotPutTagsAmongTheCommitsOverTime) {
  HistoryReport report;
  ObjectVerdict tag = object_of({});
  tag.kind = ObjectKind::kTag;
  report.add(tag);
  EXPECT_THAT(report.bars(), IsEmpty());
  EXPECT_EQ(report.undated(), 0U);
  EXPECT_EQ(report.signers().size(), 1U);
}

TEST(HistoryReport, CountsSignersMostFirst) {
  HistoryReport report;
  report.add(object_of({.signer = "bob@example.org"}));
  report.add(object_of({.signer = "carol@example.org"}));
  report.add(object_of({.presence = PresenceClass::kTouchPin, .signer = "carol@example.org"}));
  report.add(object_of({.presence = PresenceClass::kUnsigned,
                        .signer = "",
                        .problems = {base::Error{Code::kUnsigned}}}));
  const auto signers = report.signers();
  ASSERT_EQ(signers.size(), 2U);
  EXPECT_EQ(signers[0].name, "carol@example.org");
  EXPECT_EQ(count_of(signers[0].counts, PresenceClass::kTouch), 1U);
  EXPECT_EQ(count_of(signers[0].counts, PresenceClass::kTouchPin), 1U);
  EXPECT_EQ(signers[1].name, "bob@example.org");
  EXPECT_EQ(count_of(report.nobody().counts, PresenceClass::kUnsigned), 1U);
  EXPECT_EQ(report.nobody().refused, 1U);
}

TEST(HistoryReport, TellsABotFromAPersonOfItsName) {
  HistoryReport report;
  report.add(object_of({.signer = "update"}));
  ObjectVerdict bot = object_of({.presence = PresenceClass::kNoTouch, .signer = "update"});
  bot.identity = "bot";
  report.add(bot);
  report.add(bot);
  const auto signers = report.signers();
  ASSERT_EQ(signers.size(), 2U);
  EXPECT_EQ(signers[0].identity, "bot");
  EXPECT_EQ(count_of(signers[0].counts, PresenceClass::kNoTouch), 2U);
  EXPECT_EQ(signers[1].identity, "");
  EXPECT_EQ(total_of(signers[1].counts), 1U);
}

TEST(HistoryReport, KeepsSoManySignersAndCountsTheOthersTogether) {
  HistoryReport report;
  for (std::size_t i = 0; i < kReportSignersMax; ++i) {
    report.add(object_of({.signer = std::to_string(i)}));
  }
  EXPECT_EQ(report.signers().size(), kReportSignersMax);
  EXPECT_EQ(total_of(report.other_signers().counts), 0U);
  report.add(object_of({.signer = "one more"}));
  report.add(object_of({.signer = "0"}));
  EXPECT_EQ(report.signers().size(), kReportSignersMax);
  EXPECT_EQ(report.signers().front().name, "0");
  EXPECT_EQ(total_of(report.other_signers().counts), 1U);
  EXPECT_EQ(total_of(report.nobody().counts), 0U);
}

TEST(HistoryReport, TakesCountersOfVerifiedOwnSignaturesOnly) {
  HistoryReport report;
  report.add(object_of({.counter = 9}));
  report.add(object_of({.counter = 7}));
  report.add(object_of({.presence = PresenceClass::kNoTouch, .counter = 8}));
  report.add(object_of({.presence = PresenceClass::kBad, .counter = 100}));
  report.add(object_of({.presence = PresenceClass::kBatch, .counter = 101}));
  report.add(object_of({.counter = 0}));
  report.add(object_of({.key = "SHA256:other", .counter = 0}));
  report.add(object_of({.key = "SHA256:other"}));
  report.finish({});
  ASSERT_EQ(report.counters().size(), 1U);
  EXPECT_EQ(report.counters()[0].key, "SHA256:alice");
  EXPECT_THAT(report.counters()[0].values, ElementsAre(7, 8, 9));
}

TEST(HistoryReport, KeepsSoManyKeys) {
  HistoryReport report;
  for (std::size_t i = 0; i < kReportKeysMax; ++i) {
    report.add(object_of({.key = std::to_string(i), .counter = 1}));
  }
  EXPECT_EQ(report.other_counters(), 0U);
  report.add(object_of({.key = "one more", .counter = 1}));
  report.add(object_of({.key = "0", .counter = 2}));
  report.finish({});
  EXPECT_EQ(report.counters().size(), kReportKeysMax);
  EXPECT_EQ(report.other_counters(), 1U);
  EXPECT_THAT(report.counters()[0].values, ElementsAre(1, 2));
}

TEST(HistoryReport, KeepsSoManyCounterValues) {
  HistoryReport report;
  const ObjectVerdict object = object_of({.counter = 5});
  for (std::size_t i = 0; i < kReportCountersMax; ++i) {
    report.add(object);
  }
  EXPECT_EQ(report.counters()[0].left_out, 0U);
  report.add(object);
  EXPECT_EQ(report.counters()[0].left_out, 1U);
  EXPECT_EQ(report.counters()[0].values.size(), kReportCountersMax);
}

TEST(HistoryReport, FindsGapsWidestFirst) {
  const std::vector<std::uint32_t> values = {1, 2, 2, 4, 10, 11, 14, UINT32_MAX};
  EXPECT_THAT(gaps_of(values),
              ElementsAre(Gap{14, UINT32_MAX}, Gap{4, 10}, Gap{11, 14}, Gap{2, 4}));
  EXPECT_EQ(gaps_of(values).front().missing(), UINT32_MAX - 15);
  EXPECT_EQ(gaps_of(values).back().missing(), 1U);
  EXPECT_THAT(gaps_of(std::vector<std::uint32_t>{}), IsEmpty());
  EXPECT_THAT(gaps_of(std::vector<std::uint32_t>{7}), IsEmpty());
  EXPECT_THAT(gaps_of(std::vector<std::uint32_t>{7, 7, 8}), IsEmpty());
}

TEST(HistoryReport, KeepsSoManyRefusedObjectsAndCountsEveryProblem) {
  HistoryReport report;
  const std::vector<base::Error> many(kReportProblemsMax + 2, base::Error{Code::kNotPermitted});
  const std::vector<base::Error> most(kReportProblemsMax, base::Error{Code::kNotPermitted});
  report.add(object_of({.problems = most}, "first"));
  report.add(object_of({.problems = many}, "second"));
  for (std::size_t i = 2; i < kReportRefusedMax + 1; ++i) {
    report.add(object_of({.problems = {base::Error{Code::kUnsigned}}}));
  }
  VerifySummary summary;
  summary.findings.push_back({base::Error{Code::kCounterRepeated}, "a", "b"});
  report.finish(std::move(summary));
  ASSERT_EQ(report.refused().size(), kReportRefusedMax);
  EXPECT_EQ(report.refused()[0].problems.size(), kReportProblemsMax);
  EXPECT_EQ(report.refused()[0].problems_left_out, 0U);
  EXPECT_EQ(report.refused()[1].problems.size(), kReportProblemsMax);
  EXPECT_EQ(report.refused()[1].problems_left_out, 2U);
  EXPECT_EQ(report.problems().at(Code::kNotPermitted), most.size() + many.size());
  EXPECT_EQ(report.problems().at(Code::kUnsigned), kReportRefusedMax - 1);
  EXPECT_EQ(report.problems().at(Code::kCounterRepeated), 1U);
}

// The verifier's own verdicts on a real history come out as they went in.
TEST(HistoryReport, AgreesWithTheVerifierOnARealHistory) {
  const Repository repository;
  const SoftKey key = SoftKey::sk_ed25519();
  repository.allow(key.line("alice@example.com"));
  const std::string one = repository.signed_commit(key, {}, "one\n", {.counter = 5});
  const std::string two = repository.signed_commit(key, {one}, "two\n", {.counter = 9});
  const std::string three =
      repository.signed_commit(key, {two}, "three\n", {.flags = 0, .counter = 10});
  const std::string four = repository.store("commit", repository.commit_text({three}, "four\n"));
  VerifyOptions options;
  options.repository = repository.path();
  options.ranges = {four};
  options.any_committer = true;
  HistoryReport report;
  auto summary = verify_range(options, [&](const ObjectVerdict& object) -> base::Status {
    report.add(object);
    return {};
  });
  ASSERT_TRUE(summary) << base::message_of(summary.error());
  report.finish(*std::move(summary));

  EXPECT_EQ(report.summary().total, 4U);
  std::uint64_t dated = 0;
  for (const auto& [label, count] : bars_of(report)) {
    dated += count;
  }
  EXPECT_EQ(dated, 4U);
  ASSERT_EQ(report.signers().size(), 1U);
  EXPECT_EQ(report.signers()[0].name, "alice@example.com");
  EXPECT_EQ(count_of(report.signers()[0].counts, PresenceClass::kTouch), 2U);
  EXPECT_EQ(count_of(report.signers()[0].counts, PresenceClass::kNoTouch), 1U);
  EXPECT_EQ(count_of(report.nobody().counts, PresenceClass::kUnsigned), 1U);
  ASSERT_EQ(report.counters().size(), 1U);
  EXPECT_THAT(report.counters()[0].values, ElementsAre(5, 9, 10));
  EXPECT_THAT(gaps_of(report.counters()[0].values), ElementsAre(Gap{5, 9}));
  ASSERT_EQ(report.refused().size(), 2U);
  EXPECT_EQ(report.refused()[0].id, four);
  EXPECT_EQ(report.refused()[1].id, three);
  EXPECT_EQ(report.problems().at(Code::kNoPresence), 1U);
  EXPECT_EQ(report.problems().at(Code::kUnsigned), 1U);
}

}  // namespace
}  // namespace touchstone::git
