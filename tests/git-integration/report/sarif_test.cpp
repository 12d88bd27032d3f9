// SPDX-License-Identifier: Apache-2.0
#include "git-integration/report/sarif.h"

#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace touchstone::git {
namespace {

using base::Code;
using boost::json::value;

ObjectVerdict refused(std::vector<base::Error> problems) {
  ObjectVerdict object;
  object.id = std::string(40, 'a');
  object.problems = std::move(problems);
  return object;
}

value whole(SarifLog& log, const std::string& results, const base::Error* stopped = nullptr) {
  return boost::json::parse(SarifLog::begin() + results + log.end(stopped));
}
std::string at(const value& document, const char* pointer) {
  return boost::json::value_to<std::string>(document.at_pointer(pointer));
}

TEST(Sarif, IsALogWithNothingRefused) {
  SarifLog log(false);
  const value document = whole(log, log.add(refused({})));
  EXPECT_EQ(at(document, "/version"), "2.1.0");
  EXPECT_TRUE(document.at_pointer("/runs/0/results").as_array().empty());
  EXPECT_TRUE(document.at_pointer("/runs/0/invocations/0/executionSuccessful").as_bool());
  EXPECT_EQ(at(document, "/runs/0/tool/driver/name"), "touchstone");
}

TEST(Sarif, HasAResultForEachProblemAndARuleForEachKind) {
  SarifLog log(true);
  std::string results = log.add(refused({{Code::kUnsigned, 0, {}}}));
  results += log.add(
      refused({{Code::kUnsigned, 0, {}}, {Code::kCommitterMismatch, 0, "bob@example.com"}}));
  results += log.add(HistoryFinding{{Code::kCounterRepeated, 0, {}}, "b", "c"});
  const value document = whole(log, results);
  EXPECT_EQ(document.at_pointer("/runs/0/results").as_array().size(), 4U);
  EXPECT_EQ(document.at_pointer("/runs/0/tool/driver/rules").as_array().size(), 3U);
  EXPECT_EQ(at(document, "/runs/0/results/2/ruleId"), "committer-mismatch");
  EXPECT_NE(at(document, "/runs/0/results/2/message/text").find("bob@example.com"),
            std::string::npos);
  EXPECT_EQ(at(document, "/runs/0/results/2/locations/0/logicalLocations/0/fullyQualifiedName"),
            std::string(40, 'a'));
  EXPECT_EQ(at(document, "/runs/0/results/2/locations/0/physicalLocation/artifactLocation/uri"),
            ".touchstone/policy.toml");
  for (const value& rule : document.at_pointer("/runs/0/tool/driver/rules").as_array()) {
    EXPECT_NE(at(rule, "/help/text"), "");
  }
}

TEST(Sarif, EscapesWhatComesFromOutside) {
  SarifLog log(false);
  ObjectVerdict object = refused({{Code::kCommitterMismatch, 0, "\"},\x1b[2J\n\xe2\x80\xae"}});
  object.file = "a b\x1b%\xff.txt";
  const value document = whole(log, log.add(object));
  const std::string said = at(document, "/runs/0/results/0/message/text");
  EXPECT_EQ(said.find('\x1b'), std::string::npos);
  EXPECT_EQ(said.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(at(document, "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri"),
            "a%20b%1B%25%FF.txt");
}

TEST(Sarif, IsWholeWhenItWasStopped) {
  SarifLog log(false);
  const base::Error stopped{Code::kExternalProgram, 128, "git rev-list"};
  const value document = whole(log, log.add(refused({{Code::kUnsigned, 0, {}}})), &stopped);
  EXPECT_EQ(document.at_pointer("/runs/0/results").as_array().size(), 1U);
  EXPECT_FALSE(document.at_pointer("/runs/0/invocations/0/executionSuccessful").as_bool());
  EXPECT_NE(at(document, "/runs/0/invocations/0/toolExecutionNotifications/0/message/text")
                .find("git rev-list"),
            std::string::npos);
}

}  // namespace
}  // namespace touchstone::git
