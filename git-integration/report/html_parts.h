// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "git-integration/report/history_report.h"

namespace touchstone::git {

// What the sections of the page are made of. All of these give HTML.

// Shown is a class with its style on the page.
struct ShownClass {
  PresenceClass presence;
  std::string_view style;
};
// kShownClasses has each class once, best first.
constexpr std::array kShownClasses = {
    ShownClass{PresenceClass::kTouchPin, "c0"},    ShownClass{PresenceClass::kTouch, "c1"},
    ShownClass{PresenceClass::kDeviceTouch, "c2"}, ShownClass{PresenceClass::kQuorum, "c3"},
    ShownClass{PresenceClass::kBatch, "c4"},       ShownClass{PresenceClass::kNoTouch, "c5"},
    ShownClass{PresenceClass::kUnsigned, "c6"},    ShownClass{PresenceClass::kBad, "c7"},
};
static_assert(kShownClasses.size() == kPresenceClasses);

// shown_html is for text from outside: escaped for display, at most kReportTextColumnsMax columns,
// and then for HTML.
std::string shown_html(std::string_view outside);
// id_html gives the first digits of an object's name.
std::string id_html(std::string_view id);

std::uint64_t count_of(const ClassCounts& counts, PresenceClass presence);
std::uint64_t touched_of(const ClassCounts& counts);
// percent_of gives a part in percent: 100 only when nothing is missing, and 0 only of nothing.
std::string percent_of(std::uint64_t part, std::uint64_t whole);

// word_of gives the class without numbers: "touch+pin", "batch".
std::string word_of(PresenceClass presence);
// class_mark gives the word behind a spot in the class's colour.
std::string class_mark(PresenceClass presence, std::string_view word);
// class_headings and class_cells give a table's columns for the classes in `seen`.
std::string class_headings(const ClassCounts& seen);
std::string class_cells(const ClassCounts& counts, const ClassCounts& seen);

// table_begin opens a table that scrolls by itself where it is too wide, by keyboard also.
std::string table_begin(std::string_view label);
constexpr std::string_view kTableEnd = "</tbody></table></div>\n";

// Sections of the page.
std::string coverage_section(const HistoryReport& report);
std::string signers_section(const HistoryReport& report);
std::string counters_section(const HistoryReport& report);
std::string refused_section(const HistoryReport& report);

}  // namespace touchstone::git
