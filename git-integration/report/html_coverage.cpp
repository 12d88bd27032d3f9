// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "git-integration/report/html_parts.h"

namespace touchstone::git {
namespace {

// The picture's own units; it is stretched to the width of the page.
constexpr std::uint64_t kBandsWidth = 9600;
constexpr std::uint64_t kHeight = 2000;
constexpr std::uint64_t kBarsWide = 8;  // fewer bars are no wider than these
constexpr std::uint64_t kLeast = 12;    // the height of what is too little to be seen

std::string attribute(std::string_view name, std::uint64_t value) {
  return " " + std::string(name) + "=\"" + std::to_string(value) + "\"";
}

std::string bar_html(const HistoryReport::Bar& bar, std::uint64_t x, std::uint64_t width,
                     std::uint64_t most) {
  std::string html;
  std::uint64_t base = kHeight;
  for (const ShownClass& each : kShownClasses) {
    const std::uint64_t count = count_of(bar.counts, each.presence);
    if (count == 0) {
      continue;
    }
    const std::uint64_t height =
        std::min(base, std::max<std::uint64_t>(count * kHeight / most, kLeast));
    base -= height;
    html += "<rect class=\"" + std::string(each.style) + "\"" + attribute("x", x) +
            attribute("y", base) + attribute("width", width) + attribute("height", height) +
            "><title>" + bar.label + ": " + word_of(each.presence) + " " + std::to_string(count) +
            "</title></rect>";
  }
  return html;
}

std::string picture(const std::vector<HistoryReport::Bar>& bars) {
  std::uint64_t most = 1;
  for (const HistoryReport::Bar& bar : bars) {
    most = std::max(most, total_of(bar.counts));
  }
  std::string html = "<p class=\"dim\">Tallest bar: " + base::counted(most, "commit") +
                     "</p>\n<svg class=\"plot tall\" viewBox=\"0 0 9600 2000\" "
                     "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Commits over time, by "
                     "class; the same numbers are in the table below\">\n";
  const std::uint64_t step = kBandsWidth / std::max<std::uint64_t>(bars.size(), kBarsWide);
  const std::uint64_t space = step / 8;
  std::uint64_t x = space / 2;
  for (const HistoryReport::Bar& bar : bars) {
    html += bar_html(bar, x, step - space, most) + "\n";
    x += step;
  }
  const std::string begin = bars.front().label.substr(0, bars.front().label.find(' '));
  const std::string end = bars.back().label.substr(bars.back().label.rfind(' ') + 1);
  html += "</svg>\n<p class=\"ends dim\"><span>" + begin;
  if (bars.size() >= kBarsWide) {
    html += "</span><span>" + end;
  } else if (begin != end) {
    html += " to " + end;
  }
  return html + "</span></p>\n";
}

std::string table(const std::vector<HistoryReport::Bar>& bars) {
  ClassCounts seen{};
  for (const HistoryReport::Bar& bar : bars) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      seen.at(i) += bar.counts.at(i);
    }
  }
  std::string html =
      "<details><summary>The numbers</summary>" + table_begin("Commits over time, by class") +
      "<thead><tr><th scope=\"col\">When</th><th scope=\"col\" class=\"n\">with a touch</th>" +
      class_headings(seen) + "</tr></thead><tbody>\n";
  for (const HistoryReport::Bar& bar : bars) {
    const std::uint64_t total = total_of(bar.counts);
    html += "<tr><th scope=\"row\">" + bar.label + "</th><td class=\"n\">" +
            (total == 0 ? "" : percent_of(touched_of(bar.counts), total)) + "</td>" +
            class_cells(bar.counts, seen) + "</tr>\n";
  }
  return html + std::string(kTableEnd) + "</details>\n";
}

}  // namespace

std::string coverage_section(const HistoryReport& report) {
  std::string html =
      "<section>\n<h2>Coverage over time</h2>\n<p class=\"dim\">Commits by the date they claim, "
      "which is their committer's word.</p>\n";
  const std::vector<HistoryReport::Bar> bars = report.bars();
  html += bars.empty() ? "<p>There are no dated commits.</p>\n" : picture(bars) + table(bars);
  if (report.undated() != 0) {
    html += "<p class=\"dim\">" + base::counted(report.undated(), "commit") +
            " with a date before 1990 or after 2099: not in the picture.</p>\n";
  }
  return html + "</section>\n";
}

std::string signers_section(const HistoryReport& report) {
  const ClassCounts& seen = report.summary().by_class;
  std::string html = "<section>\n<h2>By signer</h2>\n";
  if (total_of(seen) == 0) {
    return html + "<p>Nobody signed anything.</p>\n</section>\n";
  }
  html += table_begin("Objects by signer and class") +
          "<thead><tr><th scope=\"col\">Signer</th><th scope=\"col\" class=\"n\">refused</th>" +
          class_headings(seen) + "</tr></thead><tbody>\n";
  const auto row = [&](const std::string& name, const HistoryReport::Signer& signer) {
    return "<tr><th scope=\"row\" class=\"who\">" + name + "</th><td class=\"n\">" +
           std::to_string(signer.refused) + "</td>" + class_cells(signer.counts, seen) + "</tr>\n";
  };
  for (const HistoryReport::Signer& signer : report.signers()) {
    html += row(
        shown_html(signer.name) +
            (signer.identity.empty() ? std::string() : " (" + std::string(signer.identity) + ")"),
        signer);
  }
  if (total_of(report.other_signers().counts) != 0) {
    html += row("<em>other signers</em>", report.other_signers());
  }
  if (total_of(report.nobody().counts) != 0) {
    html += row("<em>nobody known</em>", report.nobody());
  }
  return html + std::string(kTableEnd) + "</section>\n";
}

}  // namespace touchstone::git
