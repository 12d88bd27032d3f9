// SPDX-License-Identifier: Apache-2.0
#include "git-integration/report/html.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "git-integration/report/html_parts.h"

namespace touchstone::git {
namespace {

// default-src does not cover base-uri and form-action.
constexpr std::string_view kPageHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<style>
:root{--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--card:#f4f6f8;
--c0:#0a5c42;--c1:#2c974b;--c2:#0f8294;--c3:#3563c9;--c4:#8250df;--c5:#b96a00;--c6:#7d8793;--c7:#cf222e}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e6e9ed;--dim:#a3adb8;--line:#3a424b;--card:#1e2328;
--c0:#23916d;--c1:#57d178;--c2:#4cc3d1;--c3:#79a8ff;--c4:#b392f0;--c5:#f0b03f;--c6:#7f8a96;--c7:#ff6b70}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.2rem;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.3rem 0}
.dim{color:var(--dim);font-size:.9rem}
.verdict{font-size:1.2rem;font-weight:600;padding:.6rem .9rem;border-radius:.4rem;background:var(--card);border-left:.4rem solid var(--c1);margin:1rem 0}
.verdict.no{border-color:var(--c7)}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;font-size:.9rem;overflow-wrap:normal}
th,td{text-align:left;padding:.35rem 1rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
thead th{color:var(--dim);white-space:nowrap}
tbody th{white-space:nowrap}
.who{min-width:11rem;overflow-wrap:anywhere}
tbody .who{white-space:normal}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:.875em ui-monospace,monospace}
.plot{display:block;width:100%;background:var(--card);border-radius:.4rem}
.tall{height:12rem;padding:.5rem .25rem 0}
.low{height:3rem}
.c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}
.c4{fill:var(--c4)}.c5{fill:var(--c5)}.c6{fill:var(--c6)}.c7{fill:var(--c7)}
.gap{fill:var(--c5)}
.run{fill:var(--c1);stroke:var(--c1);stroke-width:1px;vector-effect:non-scaling-stroke}
.ends{display:flex;justify-content:space-between;gap:1rem;margin:.1rem 0}
.spot{display:inline-block;width:.75em;height:.75em;margin-right:.4em}
ul.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:.5rem 0}
ol{padding-left:0;list-style:none}
li p{margin:.1rem 0;color:var(--dim);font-size:.9rem}
ol>li{padding:.4rem 0;border-bottom:1px solid var(--line)}
details{margin:.5rem 0}
summary{cursor:pointer}
</style>
)";

std::string verdict_html(const VerifySummary& summary) {
  if (summary.passed()) {
    return "<p class=\"verdict\">Accepted: " + base::counted(summary.total, "object") +
           ", nothing refused</p>\n";
  }
  std::string html = "<p class=\"verdict no\">Not accepted: ";
  if (summary.total == 0) {
    return html + "there is nothing to verify</p>\n";
  }
  if (summary.refused != 0 || summary.findings.empty()) {
    html += std::to_string(summary.refused) + " of " + base::counted(summary.total, "object") +
            " refused";
  }
  if (!summary.findings.empty()) {
    html += (summary.refused != 0 ? ", " : "") +
            base::counted(summary.findings.size(), "contradiction") + " of counters";
  }
  return html + "</p>\n";
}

std::string overview(const HistoryReport& report) {
  const VerifySummary& summary = report.summary();
  const std::uint64_t touched = touched_of(summary.by_class);
  std::string html = verdict_html(summary);
  html += "<p>" + std::to_string(touched) + " of " + base::counted(summary.total, "object") + " (" +
          percent_of(touched, summary.total) + ") signed with a touch of their own.</p>\n";
  if (summary.shallow) {
    html +=
        "<p><strong>The clone is shallow</strong>: history before where it was cut was not "
        "seen.</p>\n";
  }
  if (summary.total == 0) {
    return html;
  }
  html += "<ul class=\"key\">";
  for (const ShownClass& each : kShownClasses) {
    if (const std::uint64_t count = count_of(summary.by_class, each.presence); count != 0) {
      html += "<li>" +
              class_mark(each.presence, word_of(each.presence) + " " + std::to_string(count)) +
              "</li>";
    }
  }
  return html + "</ul>\n";
}

}  // namespace

std::string to_html(const HistoryReport& report, const HtmlSettings& settings) {
  const std::string title = "Touches in " + shown_html(settings.title);
  return std::string(kPageHead) + "<title>" + title + "</title>\n</head>\n<body>\n<header>\n<h1>" +
         title + "</h1>\n<p class=\"dim\">" + shown_html(settings.what) + ", judged by " +
         (report.summary().by_policy ? "the repository's policy" : "a list of allowed signers") +
         ", " + shown_html(settings.made) + "</p>\n</header>\n<main>\n" + overview(report) +
         coverage_section(report) + signers_section(report) + counters_section(report) +
         refused_section(report) + "</main>\n</body>\n</html>\n";
}

}  // namespace touchstone::git
