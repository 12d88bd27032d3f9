// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "git-integration/limits.h"
#include "git-integration/report/html_parts.h"

namespace touchstone::git {
namespace {

// The picture's own units; it is stretched to the width of the page.
constexpr std::uint64_t kLineWidth = 4000;
constexpr std::uint64_t kNearest = 8;  // nearer to each other than that nobody sees two

using Values = std::vector<std::uint32_t>;

// place_of says where the space of a value begins: each has as much of it as any other.
std::uint64_t place_of(std::uint64_t value, const Values& values) {
  const std::uint64_t all = std::uint64_t{values.back()} - values.front() + 1;
  return (value - values.front()) * kLineWidth / all;
}

// picture draws the values as blocks over a band that shows where some are missing.
std::string picture(const Values& values, bool gaps) {
  std::string html =
      "<svg class=\"plot low\" viewBox=\"-20 0 4040 100\" preserveAspectRatio=\"none\" "
      "role=\"img\" aria-label=\"Counter values of this key that stand in a signature\">\n";
  if (gaps) {
    html += "<rect class=\"gap\" x=\"0\" y=\"40\" width=\"" + std::to_string(kLineWidth) +
            "\" height=\"20\"/>\n";
  }
  html += "<path class=\"run\" d=\"";
  for (std::size_t i = 0; i < values.size();) {
    const std::uint64_t begin = place_of(values[i], values);
    std::uint64_t end = begin;
    for (; i < values.size() && place_of(values[i], values) < end + kNearest; ++i) {
      end = place_of(std::uint64_t{values[i]} + 1, values);
    }
    html += "M" + std::to_string(begin) + " 15H" + std::to_string(end) + "V85H" +
            std::to_string(begin) + "z";
  }
  return html + "\"/></svg>\n<p class=\"ends dim\"><span>" + std::to_string(values.front()) +
         "</span><span>" + std::to_string(values.back()) + "</span></p>\n";
}

std::string gaps_table(const std::vector<HistoryReport::Gap>& gaps, std::size_t all) {
  std::string html = "<details><summary>The gaps</summary>" + table_begin("Gaps, widest first") +
                     "<thead><tr><th scope=\"col\" class=\"n\">values missing</th><th "
                     "scope=\"col\" class=\"n\">after</th><th scope=\"col\" class=\"n\">before"
                     "</th></tr></thead><tbody>\n";
  for (const HistoryReport::Gap& gap : gaps) {
    html += "<tr><td class=\"n\">" + std::to_string(gap.missing()) + "</td><td class=\"n\">" +
            std::to_string(gap.after) + "</td><td class=\"n\">" + std::to_string(gap.before) +
            "</td></tr>\n";
  }
  html += kTableEnd;
  if (all > gaps.size()) {
    html += "<p class=\"dim\">" + base::counted(all - gaps.size(), "narrower gap") +
            " not listed.</p>\n";
  }
  return html + "</details>\n";
}

// repeated_in counts the values that stand more than once.
std::uint64_t repeated_in(const Values& values) {
  std::uint64_t repeated = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const bool again = values[i] == values[i - 1];
    const bool counted_before = i > 1 && values[i - 2] == values[i];
    repeated += again && !counted_before ? 1 : 0;
  }
  return repeated;
}

std::string line_html(const HistoryReport::CounterLine& line) {
  std::vector<HistoryReport::Gap> gaps = gaps_of(line.values);
  const std::size_t all = gaps.size();
  std::uint64_t missing = 0;
  for (const HistoryReport::Gap& gap : gaps) {
    missing += gap.missing();
  }
  gaps.resize(std::min(all, kReportGapsMax));
  std::string html =
      "<div class=\"line\">\n<h3>" +
      (line.signer.empty() ? std::string("<em>nobody known</em>") : shown_html(line.signer)) +
      "</h3>\n<p><code>" + shown_html(line.key) + "</code></p>\n" + picture(line.values, all != 0) +
      "<p>" + base::counted(line.values.size(), "signature") + ", " +
      (all == 0 ? "no value missing in between"
                : base::counted(missing, "value") + " missing in " + base::counted(all, "gap")) +
      ".</p>\n";
  if (const std::uint64_t repeated = repeated_in(line.values); repeated != 0) {
    html += "<p><strong>" + base::counted(repeated, "value") +
            " in more than one signature</strong>: see what was refused.</p>\n";
  }
  if (line.left_out != 0) {
    html += "<p class=\"dim\">" + base::counted(line.left_out, "more signature") +
            " not in the picture: its gaps may be theirs.</p>\n";
  }
  return html + (all == 0 ? "" : gaps_table(gaps, all)) + "</div>\n";
}

}  // namespace

std::string counters_section(const HistoryReport& report) {
  std::string html =
      "<section>\n<h2>Counters</h2>\n<p class=\"dim\">A token counts its signatures. A value that "
      "is missing was used elsewhere: for a login, another repository, a commit that was thrown "
      "away, or by somebody else; some tokens count by more than one. <code>touchstone "
      "audit</code> holds them against the journal.</p>\n";
  if (report.counters().empty()) {
    html += "<p>No signature that was verified has a counter.</p>\n";
  }
  for (const HistoryReport::CounterLine& line : report.counters()) {
    if (!line.values.empty()) {
      html += line_html(line);
    }
  }
  if (report.other_counters() != 0) {
    html += "<p class=\"dim\">" + base::counted(report.other_counters(), "signature") +
            " by other keys not in the pictures.</p>\n";
  }
  return html + "</section>\n";
}

}  // namespace touchstone::git
