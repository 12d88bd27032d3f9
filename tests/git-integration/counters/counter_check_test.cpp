// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/counter_check.h"

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
  std::vector<HistoryFinding> finish() { return check.finish(); }
};

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
  for (const HistoryFinding& finding : check.finish()) {
    if (finding.error.code == Code::kCounterRegressed) {
      found[finding.id] = true;
    }
  }
  RC_ASSERT(found == falls);
}

}  // namespace
}  // namespace touchstone::git
