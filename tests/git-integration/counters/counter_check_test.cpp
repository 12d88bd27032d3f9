// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/counter_check.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace touchstone::git {
namespace {

using base::Code;

// id_of gives an object's name for a short one.
std::string id_of(const std::string& name) {
  std::string id = base::to_hex(base::as_bytes(name));
  id.resize(hex_size(HashAlgorithm::kSha1), '0');
  return id;
}

struct Graph {
  CounterCheck check;

  Graph& add(const std::string& name, const std::vector<std::string>& parents,
             const std::string& key, std::uint32_t counter) {
    std::vector<std::string> ids;
    for (const std::string& parent : parents) {
      ids.push_back(id_of(parent));
    }
    check.add(id_of(name), ids, key, counter);
    return *this;
  }
  Graph& add_before(const std::string& name, const std::vector<std::string>& parents,
                    const std::string& key, std::uint32_t counter) {
    std::vector<std::string> ids;
    for (const std::string& parent : parents) {
      ids.push_back(id_of(parent));
    }
    check.add_before(id_of(name), ids, CounterClaim{key, counter, {}});
    return *this;
  }
  // finish holds what came before for signed, but for `forged`.
  std::vector<HistoryFinding> finish(const std::vector<std::string>& forged = {}) {
    asked = 0;
    auto findings = check.finish([&](const std::string& id) -> base::Result<bool> {
      ++asked;
      return std::none_of(forged.begin(), forged.end(),
                          [&](const std::string& name) { return id_of(name) == id; });
    });
    EXPECT_TRUE(findings);
    return findings ? *std::move(findings) : std::vector<HistoryFinding>();
  }
  int asked{0};
};

TEST(CounterCheck, HoldsWhatIsJudgedAgainstWhatCameBefore) {
  Graph graph;
  graph.add("d", {"c"}, "K", 5).add("c", {"b"}, "L", 1);
  EXPECT_EQ(graph.check.missing(), std::vector{id_of("b")});
  graph.add_before("b", {"a"}, "K", 9).add_before("a", {}, "K", 5);
  const auto findings = graph.finish();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].error.code, Code::kCounterRegressed);
  EXPECT_EQ(findings[0].id, id_of("d"));
  EXPECT_EQ(findings[0].other, id_of("b"));
  EXPECT_EQ(findings[1].error.code, Code::kCounterRepeated);
  EXPECT_EQ(findings[1].id, id_of("d"));
  EXPECT_EQ(findings[1].other, id_of("a"));
}

TEST(CounterCheck, SaysNothingOfWhatCameBeforeByItself) {
  Graph graph;
  graph.add("d", {"c"}, "K", 10);
  graph.add_before("c", {"b"}, "K", 5).add_before("b", {"a"}, "K", 9).add_before("a", {}, "K", 5);
  EXPECT_TRUE(graph.finish().empty());
  EXPECT_EQ(graph.asked, 0);
}

TEST(CounterCheck, LetsNoForgedCounterStandInTheWayOrHideOne) {
  Graph graph;
  graph.add("d", {"c"}, "K", 5);
  graph.add_before("c", {"b"}, "K", 4000000000).add_before("b", {"a"}, "K", 300);
  graph.add_before("a", {}, "K", 4);
  const auto findings = graph.finish({"c"});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].other, id_of("b"));

  graph.add("d", {"c"}, "K", 5);
  graph.add_before("c", {"b"}, "K", 4000000000).add_before("b", {}, "K", 300);
  EXPECT_TRUE(graph.finish({"c", "b"}).empty());
}

// Anybody can make a commit with what another signed over, and a signature that does not verify.
TEST(CounterCheck, LetsNoTwinFromBeforeHideARepeat) {
  for (const std::uint8_t forged : {std::uint8_t{1}, std::uint8_t{9}}) {
    const base::Sha256 data{5};
    CounterCheck check;
    check.add(id_of("judged"), std::vector{id_of("twin")}, "K", 7, data);
    check.add_before(id_of("twin"), std::vector{id_of("other")}, CounterClaim{"K", 7, data});
    check.add_before(id_of("other"), {}, CounterClaim{"K", 7, base::Sha256{forged}});
    const auto findings = check.finish(
        [](const std::string& id) -> base::Result<bool> { return id == id_of("other"); });
    ASSERT_TRUE(findings);
    ASSERT_EQ(findings->size(), 1U);
    EXPECT_EQ(findings->front().id, id_of("judged"));
    EXPECT_EQ(findings->front().other, id_of("other"));
  }
}

// However many there are, each is asked about once, and the counters gone through twice.
TEST(CounterCheck, AsksOnceAboutEachOfManyForgedCounters) {
  constexpr int kForged = 300;
  Graph graph;
  graph.add("judged", {"f0"}, "K", 5);
  std::vector<std::string> forged;
  for (int i = 0; i < kForged; ++i) {
    forged.push_back("f" + std::to_string(i));
    graph.add_before(forged.back(), {"f" + std::to_string(i + 1)}, "K",
                     4000000000U - static_cast<std::uint32_t>(i));
  }
  EXPECT_TRUE(graph.finish(forged).empty());
  EXPECT_LE(graph.asked, kForged + 1);
}

TEST(CounterCheck, FailsWhenASignatureCannotBeAskedAbout) {
  Graph graph;
  graph.add("b", {"a"}, "K", 5).add_before("a", {}, "K", 9);
  const auto failed = graph.check.finish(
      [](const std::string&) -> base::Result<bool> { return base::fail(Code::kNotFound); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kNotFound);
}

TEST(CounterCheck, IsContentWithCountersThatRise) {
  Graph graph;
  graph.add("a", {}, "K", 1).add("b", {"a"}, "K", 2).add("c", {"b"}, "K", 9);
  EXPECT_TRUE(graph.finish().empty());
}

TEST(CounterCheck, FindsACounterThatFell) {
  Graph graph;
  graph.add("a", {}, "K", 5).add("b", {"a"}, "K", 4);
  const auto findings = graph.finish();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].error.code, Code::kCounterRegressed);
  EXPECT_EQ(findings[0].id, id_of("b"));
  EXPECT_EQ(findings[0].other, id_of("a"));
  EXPECT_NE(findings[0].error.context.find("counter 4 after 5"), std::string::npos);
}

TEST(CounterCheck, FindsItWhateverTheOrderOfTheWalk) {
  Graph graph;
  graph.add("c", {"b"}, "K", 4).add("b", {"a"}, "", 0).add("a", {}, "K", 5);
  const auto findings = graph.finish();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].id, id_of("c"));
  EXPECT_EQ(findings[0].other, id_of("a"));
}

TEST(CounterCheck, SeesThroughCommitsOfOthersAndUnsignedOnes) {
  Graph graph;
  graph.add("a", {}, "K", 5).add("b", {"a"}, "L", 1).add("c", {"b"}, "", 0).add("d", {"c"}, "K", 3);
  EXPECT_EQ(graph.finish().size(), 1U);
}

TEST(CounterCheck, LetsBranchesThatDoNotKnowEachOtherInterleave) {
  Graph graph;
  graph.add("a", {}, "K", 1).add("b", {"a"}, "K", 2).add("c", {"b"}, "K", 6);
  graph.add("x", {"a"}, "K", 3).add("y", {"x"}, "K", 5);
  graph.add("m", {"c", "y"}, "K", 7);
  EXPECT_TRUE(graph.finish().empty());
}

TEST(CounterCheck, HoldsAMergeAgainstEveryParent) {
  for (const bool first : {true, false}) {
    Graph graph;
    graph.add("a", {}, "K", 1).add("b", {"a"}, "K", 9).add("x", {"a"}, "K", 2);
    graph.add("m", first ? std::vector<std::string>{"b", "x"} : std::vector<std::string>{"x", "b"},
              "K", 5);
    const auto findings = graph.finish();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].other, id_of("b"));
  }
}

TEST(CounterCheck, FindsOneValueInTwoSignatures) {
  Graph graph;
  graph.add("a", {}, "K", 1).add("b", {"a"}, "K", 2).add("x", {"a"}, "K", 2);
  const auto findings = graph.finish();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].error.code, Code::kCounterRepeated);
}

TEST(CounterCheck, SaysARepeatAlongALineOnce) {
  Graph graph;
  graph.add("a", {}, "K", 2).add("b", {"a"}, "K", 2);
  const auto findings = graph.finish();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].error.code, Code::kCounterRepeated);
}

TEST(CounterCheck, KeepsKeysApart) {
  Graph graph;
  graph.add("a", {}, "K", 5).add("b", {"a"}, "L", 5).add("c", {"b"}, "M", 1);
  EXPECT_TRUE(graph.finish().empty());
}

TEST(CounterCheck, ExpectsNothingOfTokensThatDoNotCount) {
  Graph graph;
  graph.add("a", {}, "K", 0).add("b", {"a"}, "K", 0).add("c", {"b"}, "K", 0);
  EXPECT_TRUE(graph.finish().empty());
}

TEST(CounterCheck, CountsAnObjectOnce) {
  Graph graph;
  graph.add("a", {}, "K", 5).add("a", {}, "K", 5);
  EXPECT_TRUE(graph.finish().empty());
}

TEST(CounterCheck, GoesPastParentsThatWereNotGiven) {
  Graph graph;
  graph.add("b", {"absent"}, "K", 5).add("c", {"b", "absent"}, "K", 4);
  EXPECT_EQ(graph.finish().size(), 1U);
}

TEST(CounterCheck, StartsAnewAfterFinish) {
  Graph graph;
  graph.add("a", {}, "K", 5);
  EXPECT_TRUE(graph.finish().empty());
  graph.add("b", {}, "K", 5);
  EXPECT_TRUE(graph.finish().empty());
}

// What the check finds is what one finds by asking every object about all of its ancestors.
RC_GTEST_PROP(CounterCheck, AgreesWithASearchOfAllAncestors, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 14);
  std::vector<std::vector<std::size_t>> parents(count);
  std::vector<std::uint32_t> counters(count);
  std::vector<std::string> keys(count);
  CounterCheck check;
  std::vector<std::vector<bool>> ancestors(count, std::vector<bool>(count));
  std::map<std::string, bool> falls;
  for (std::size_t i = 0; i < count; ++i) {
    counters[i] = *rc::gen::inRange<std::uint32_t>(0, 6);
    keys[i] = *rc::gen::element<std::string>("K", "L");
    std::vector<std::string> names;
    for (std::size_t p = 0; p < i; ++p) {
      if (*rc::gen::inRange(0, 3) == 0) {
        names.push_back(id_of(std::to_string(p) + "n"));
        ancestors[i][p] = true;
        for (std::size_t a = 0; a < p; ++a) {
          ancestors[i][a] = ancestors[i][a] || ancestors[p][a];
        }
      }
    }
    for (std::size_t a = 0; a < i; ++a) {
      if (ancestors[i][a] && keys[a] == keys[i] && counters[i] != 0 && counters[a] > counters[i]) {
        falls[id_of(std::to_string(i) + "n")] = true;
      }
    }
    check.add(id_of(std::to_string(i) + "n"), names, keys[i], counters[i]);
  }
  std::map<std::string, bool> found;
  const auto findings = check.finish([](const std::string&) -> base::Result<bool> { return true; });
  RC_ASSERT(findings.has_value());
  for (const HistoryFinding& finding : *findings) {
    if (finding.error.code == Code::kCounterRegressed) {
      found[finding.id] = true;
    }
  }
  RC_ASSERT(found == falls);
}

}  // namespace
}  // namespace touchstone::git
