// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "git-integration/report/history_report.h"

namespace touchstone::git {

// HtmlSettings is what the page says about itself; all of it may come from outside.
struct HtmlSettings {
  std::string title;  // the repository's name
  std::string what;   // what was verified, as it was asked for
  std::string made;   // when; RFC 3339
};

// to_html gives one page of at most kReportPageMax bytes that needs nothing else: no script, no
// fonts, and a content security policy (CSP level 3) under which a browser fetches nothing. Text
// from outside is escaped for display and then for HTML. The page reads on a narrow screen, and
// light or dark as the reader's system is set; no fact is told by colour alone: every picture has
// its table. The same report and settings give the same bytes. Call it after finish().
std::string to_html(const HistoryReport& report, const HtmlSettings& settings);

}  // namespace touchstone::git
