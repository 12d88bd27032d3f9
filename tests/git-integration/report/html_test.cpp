// SPDX-License-Identifier: Apache-2.0
#include "git-integration/report/html.h"

#include <algorithm>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "git-integration/limits.h"
#include "git-integration/report/html_parts.h"
#include "tests/git-integration/report/report_support.h"

namespace touchstone::git {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

const HtmlSettings kSettings{"repository", "HEAD", "2026-03-01 00:00 UTC"};

// Page gathers objects as a run does.
class Page {
 public:
  Page& add(const ObjectVerdict& object) {
    count_in(summary_, object);
    report_.add(object);
    return *this;
  }
  VerifySummary& summary() { return summary_; }
  std::string html(const HtmlSettings& settings = kSettings) const {
    HistoryReport report = report_;
    report.finish(summary_);
    return to_html(report, settings);
  }

 private:
  VerifySummary summary_;
  HistoryReport report_;
};

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// check_nesting wants every element closed in its order.
void check_nesting(const std::string& html) {
  const std::regex tag(R"(<(/?)([a-z0-9]+)[^<>]*?(/?)>)");
  std::vector<std::string> open;
  for (std::sregex_iterator it(html.begin(), html.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || name == "br" || (*it)[3].length() != 0) {
      continue;
    }
    if ((*it)[1].length() == 0) {
      open.push_back(name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << name;
    ASSERT_EQ(open.back(), name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

TEST(ReportPage, SaysThatThereIsNothingToVerify) {
  const std::string html = Page().html();
  EXPECT_THAT(html, HasSubstr("Not accepted: there is nothing to verify"));
  EXPECT_THAT(html, HasSubstr("There are no dated commits."));
  EXPECT_THAT(html, HasSubstr("Nobody signed anything."));
  EXPECT_THAT(html, HasSubstr("No signature that was verified has a counter."));
  EXPECT_THAT(html, HasSubstr("Nothing was refused."));
  check_nesting(html);
}

TEST(ReportPage, NeedsNothingElseAndForbidsIt) {
  const std::string html =
      Page().add(object_of({.counter = 1})).add(object_of({.counter = 9})).html();
  EXPECT_THAT(html, HasSubstr("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                              "'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action "
                              "'none'\">\n"));
  // It stands before anything it is for.
  EXPECT_LT(html.find("Content-Security-Policy"), html.find("<style>"));
  EXPECT_THAT(html, HasSubstr("<meta name=\"viewport\" content=\"width=device-width, "));
  EXPECT_THAT(html, HasSubstr("@media(prefers-color-scheme:dark)"));
  for (const char* const part : {"<script", "<link", "<img", "<iframe", "<a ", "href",
                                 "src=", "url(", "@import", "http:", "https:", "javascript:"}) {
    EXPECT_THAT(html, Not(HasSubstr(part)));
  }
}

TEST(ReportPage, HasTheNumbers) {
  Page page;
  page.add(object_of({.counter = 5}, std::string(40, '1')));
  page.add(object_of({.presence = PresenceClass::kTouchPin, .counter = 9}, std::string(40, '2')));
  page.add(object_of({.presence = PresenceClass::kUnsigned,
                      .signer = "",
                      .key = "",
                      .seconds = kFirstOfMarch2026 + kDay,
                      .problems = {base::Error{Code::kUnsigned}}},
                     "abcdef0123456789"));
  const std::string html = page.html();
  EXPECT_THAT(html, HasSubstr("Not accepted: 1 of 3 objects refused"));
  EXPECT_THAT(html, HasSubstr("2 of 3 objects (66 %) signed with a touch of their own"));
  EXPECT_THAT(html, HasSubstr("<title>2026-03-01: touch 1</title>"));
  EXPECT_THAT(html, HasSubstr("<title>2026-03-02: unsigned 1</title>"));
  EXPECT_THAT(html,
              HasSubstr("<tr><th scope=\"row\">2026-03-01</th><td class=\"n\">100 %</td><td "
                        "class=\"n\">1</td><td class=\"n\">1</td><td class=\"n\">0</td></tr>"));
  EXPECT_THAT(html, HasSubstr("<tr><th scope=\"row\" class=\"who\">alice@example.org</th><td "
                              "class=\"n\">0</td><td class=\"n\">1</td><td class=\"n\">1</td><td "
                              "class=\"n\">0</td></tr>"));
  EXPECT_THAT(html, HasSubstr("2 signatures, 3 values missing in 1 gap."));
  EXPECT_THAT(html,
              HasSubstr("<td class=\"n\">3</td><td class=\"n\">5</td><td class=\"n\">9</td>"));
  EXPECT_THAT(html, HasSubstr("<code>abcdef012345</code>"));
  EXPECT_THAT(html, HasSubstr(base::escape_markup(base::describe(Code::kUnsigned).hint)));
  check_nesting(html);
}

TEST(ReportPage, SaysWhatPassed) {
  Page page;
  page.add(object_of({}));
  EXPECT_THAT(page.html(), HasSubstr("Accepted: 1 object, nothing refused"));
  page.summary().findings.push_back(
      {base::Error{Code::kCounterRepeated}, "1234567890abcdef", "fedcba0987654321"});
  page.summary().shallow = true;
  page.summary().by_policy = true;
  const std::string html = page.html();
  EXPECT_THAT(html, HasSubstr("Not accepted: 1 contradiction of counters"));
  EXPECT_THAT(html, HasSubstr("<code>1234567890ab</code> and <code>fedcba098765</code>"));
  EXPECT_THAT(html, HasSubstr("The clone is shallow"));
  EXPECT_THAT(html, HasSubstr("judged by the repository's policy"));
}

TEST(ReportPage, TellsBotsAndForges) {
  Page page;
  page.add(object_of({.signer = "alice@example.org"}));
  ObjectVerdict merge = object_of({.presence = PresenceClass::kNoTouch, .signer = "merge queue"});
  merge.identity = "forge";
  page.add(merge);
  const std::string html = page.html();
  EXPECT_THAT(html, HasSubstr("merge queue (forge)"));
  EXPECT_THAT(html, Not(HasSubstr("alice@example.org (")));
}

TEST(ReportPage, DrawsEachCounterValueInASpaceOfItsOwn) {
  const auto path = [](const std::vector<std::uint32_t>& values) {
    Page page;
    for (const std::uint32_t value : values) {
      page.add(object_of({.counter = value}));
    }
    const std::string html = page.html();
    const std::size_t begin = html.find(" d=\"") + 4;
    return html.substr(begin, html.find('"', begin) - begin);
  };
  EXPECT_EQ(path({7}), "M0 15H4000V85H0z");
  EXPECT_EQ(path({7, 8, 9}), "M0 15H4000V85H0z");
  EXPECT_EQ(path({10, 6, 7, 9}), "M0 15H1600V85H0zM2400 15H4000V85H2400z");
  EXPECT_EQ(path({1, UINT32_MAX}), "M0 15H0V85H0zM3999 15H4000V85H3999z");
}

TEST(ReportPage, SaysThatAValueStandsTwice) {
  Page page;
  for (const std::uint32_t counter : {4U, 4U, 4U, 5U, 6U, 6U}) {
    page.add(object_of({.counter = counter}));
  }
  EXPECT_THAT(page.html(), HasSubstr("2 values in more than one signature"));
}

// Whatever stands in names, addresses, refs and messages: no element, no attribute, no invisible
// or reordering character comes of it.
TEST(ReportPage, EscapesWhatComesFromOutside) {
  const std::vector<std::string> hostile = {
      "<script>alert(1)</script>",
      "\" onload=\"x",
      "' onload='x",
      "&lt;b>",
      "</title></style><b>",
      "a\u202Eb",
      "a\u2066b\u200Bc",
      "\x1b]52;c;x\x07",
      "<!-- ",
      "]]><![CDATA[",
      std::string("a\0b", 3),
      "\xff\xfe<b>",
  };
  for (const std::string& text : hostile) {
    SCOPED_TRACE(base::escape_for_display(text, 80));
    Page page;
    ObjectVerdict tag = object_of({.signer = text,
                                   .key = text,
                                   .counter = 4,
                                   .problems = {base::Error{Code::kNotPermitted, 0, text}}},
                                  text);
    tag.kind = ObjectKind::kTag;
    tag.name = text;
    page.add(tag);
    page.summary().findings.push_back({base::Error{Code::kCounterRepeated, 0, text}, text, text});
    const std::string html = page.html({text, text, text});
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("<b>")));
    EXPECT_THAT(html, Not(HasSubstr("<!-")));
    EXPECT_THAT(html, Not(HasSubstr("<![")));
    EXPECT_THAT(html, Not(HasSubstr("onload=\"")));
    EXPECT_THAT(html, Not(HasSubstr("onload='")));
    EXPECT_THAT(html, Not(HasSubstr(text)));
    EXPECT_THAT(html, HasSubstr(shown_html(text)));
    EXPECT_EQ(times(html, "</title></rect>") + 1, times(html, "</title>"));
    std::string one_line = html;
    std::replace(one_line.begin(), one_line.end(), '\n', ' ');
    std::replace(one_line.begin(), one_line.end(), '\\', ' ');
    EXPECT_TRUE(base::is_displayable(one_line));
    check_nesting(html);
  }
}

TEST(ReportPage, EscapesTheFiveCharactersOfHtml) {
  EXPECT_EQ(base::escape_markup("a&b<c>d\"e'f"), "a&amp;b&lt;c&gt;d&quot;e&apos;f");
  EXPECT_EQ(base::escape_markup("&amp;"), "&amp;amp;");
  EXPECT_EQ(shown_html(std::string(kReportTextColumnsMax, '"')).size(), 6 * kReportTextColumnsMax);
  EXPECT_EQ(shown_html(std::string(kReportTextColumnsMax + 1, 'a')),
            std::string(kReportTextColumnsMax - 1, 'a') + "…");
}

TEST(ReportPage, RoundsPercentDownAndNeverToNothing) {
  EXPECT_EQ(percent_of(0, 0), "0 %");
  EXPECT_EQ(percent_of(0, 5), "0 %");
  EXPECT_EQ(percent_of(1, 100'000), "less than 1 %");
  EXPECT_EQ(percent_of(99'999, 100'000), "99 %");
  EXPECT_EQ(percent_of(5, 5), "100 %");
}

TEST(ReportPage, IsTheSameForTheSameHistory) {
  const auto make = [] {
    Page page;
    for (std::uint32_t i = 1; i < 100; ++i) {
      page.add(object_of({.signer = "signer " + std::to_string(i % 7),
                          .key = "SHA256:" + std::to_string(i % 5),
                          .counter = i * i,
                          .seconds = kFirstOfMarch2026 + i * kDay}));
    }
    return page.html();
  };
  EXPECT_EQ(make(), make());
}

// The worst of everything: more of each than is shown, and text of which each character takes six.
TEST(ReportPage, IsBoundedWhateverTheHistory) {
  constexpr std::uint32_t kCommits = 100'000;
  const std::string quotes(2000, '"');
  const std::vector<base::Error> problems(kReportProblemsMax + 1,
                                          base::Error{Code::kNotPermitted, 0, quotes});
  Page page;
  for (std::uint32_t i = 0; i < kCommits; ++i) {
    page.add(object_of({.presence = static_cast<PresenceClass>(i % kPresenceClasses),
                        .signer = std::to_string(i % (kReportSignersMax + 1)) + quotes,
                        .key = std::to_string(i % (kReportKeysMax + 1)) + quotes,
                        .counter = 1 + i * 40'000,
                        .seconds = kFirstOfMarch2026 + i * (kDay / 10),
                        .problems = i < 1000 ? problems : std::vector<base::Error>()},
                       std::to_string(i) + quotes));
  }
  page.summary().findings.assign(kReportFindingsMax + 1,
                                 {base::Error{Code::kCounterRepeated, 0, quotes}, quotes, quotes});
  const std::string html = page.html({quotes, quotes, quotes});
  EXPECT_LE(html.size(), kReportPageMax);
  EXPECT_GT(html.size(), kReportPageMax / 4);
  EXPECT_THAT(html, HasSubstr("and 800 more: <code>touchstone verify --summary</code>"));
  EXPECT_THAT(html, HasSubstr("<p class=\"dim\">and 1 more</p>"));
  EXPECT_THAT(html, HasSubstr("<em>other signers</em>"));
  EXPECT_THAT(html, HasSubstr("by other keys not in the pictures"));
  EXPECT_THAT(html, HasSubstr("narrower gaps not listed"));
}

TEST(ReportPage, ListsEveryFindingAndGapUpToTheLimit) {
  Page page;
  for (std::uint32_t i = 0; i <= kReportGapsMax; ++i) {
    page.add(object_of({.counter = 1 + 2 * i}));
  }
  page.summary().findings.assign(kReportFindingsMax,
                                 {base::Error{Code::kCounterRepeated}, "a", ""});
  EXPECT_THAT(page.html(), Not(HasSubstr("not listed")));
  EXPECT_THAT(page.html(), Not(HasSubstr(" more</p>")));
  page.add(object_of({.counter = 3 + 2 * kReportGapsMax}));
  page.summary().findings.push_back({base::Error{Code::kCounterRepeated}, "a", ""});
  EXPECT_THAT(page.html(), HasSubstr("1 narrower gap not listed"));
  EXPECT_THAT(page.html(), HasSubstr("and 1 more</p>"));
}

}  // namespace
}  // namespace touchstone::git
