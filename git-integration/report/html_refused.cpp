// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "git-integration/limits.h"
#include "git-integration/report/html_parts.h"

namespace touchstone::git {
namespace {

// kinds_table says what was met how often, most first, and the mend once.
std::string kinds_table(const HistoryReport& report) {
  std::vector<std::pair<base::Code, std::uint64_t>> kinds(report.problems().begin(),
                                                          report.problems().end());
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string html = table_begin("What was found, and the mend") +
                     "<thead><tr><th scope=\"col\" class=\"n\">times</th><th scope=\"col\">what"
                     "</th><th scope=\"col\">the mend</th></tr></thead><tbody>\n";
  for (const auto& [code, count] : kinds) {
    const base::ErrorInfo& info = base::describe(code);
    html += "<tr><td class=\"n\">" + std::to_string(count) + "</td><td>" +
            base::escape_markup(info.message) + "</td><td>" + base::escape_markup(info.hint) +
            "</td></tr>\n";
  }
  return html + std::string(kTableEnd);
}

std::string findings_html(const std::vector<HistoryFinding>& findings) {
  if (findings.empty()) {
    return {};
  }
  std::string html = "<h3>Contradictions of counters</h3>\n<ol>\n";
  const std::size_t shown = std::min(findings.size(), kReportFindingsMax);
  for (std::size_t i = 0; i < shown; ++i) {
    const HistoryFinding& finding = findings.at(i);
    html += "<li>" + id_html(finding.id);
    if (!finding.other.empty()) {
      html += " and " + id_html(finding.other);
    }
    html += "<p>" + base::escape_markup(base::message_of(finding.error)) + "</p></li>\n";
  }
  html += "</ol>\n";
  if (shown < findings.size()) {
    html += "<p class=\"dim\">and " + std::to_string(findings.size() - shown) + " more</p>\n";
  }
  return html;
}

std::string object_html(const HistoryReport::Refused& refused) {
  std::string html = "<li>";
  if (refused.kind == ObjectKind::kTag) {
    html += "tag " + shown_html(refused.name) + " ";
  }
  html +=
      id_html(refused.id) + " " + class_mark(refused.presence.presence, to_word(refused.presence));
  if (!refused.signer.empty()) {
    html += ", " + shown_html(refused.signer);
  }
  for (const base::Error& problem : refused.problems) {
    html += "<p>" + base::escape_markup(base::message_of(problem)) + "</p>";
  }
  if (refused.problems_left_out != 0) {
    html += "<p class=\"dim\">and " + std::to_string(refused.problems_left_out) + " more</p>";
  }
  return html + "</li>\n";
}

}  // namespace

std::string refused_section(const HistoryReport& report) {
  std::string html = "<section>\n<h2>What was refused, and why</h2>\n";
  const VerifySummary& summary = report.summary();
  if (report.refused().empty() && summary.findings.empty()) {
    return html + "<p>Nothing was refused.</p>\n</section>\n";
  }
  html += kinds_table(report) + findings_html(summary.findings);
  if (!report.refused().empty()) {
    html += "<h3>Objects</h3>\n<ol>\n";
    for (const HistoryReport::Refused& refused : report.refused()) {
      html += object_html(refused);
    }
    html += "</ol>\n";
  }
  if (summary.refused > report.refused().size()) {
    html += "<p class=\"dim\">and " + std::to_string(summary.refused - report.refused().size()) +
            " more: <code>touchstone verify --summary</code> lists them all</p>\n";
  }
  return html + "</section>\n";
}

}  // namespace touchstone::git
