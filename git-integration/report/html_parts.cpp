// SPDX-License-Identifier: Apache-2.0
#include "git-integration/report/html_parts.h"

#include "base/text.h"
#include "git-integration/git_object.h"
#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

const ShownClass& shown_class(PresenceClass presence) {
  for (const ShownClass& each : kShownClasses) {
    if (each.presence == presence) {
      return each;
    }
  }
  return kShownClasses.back();
}

}  // namespace

std::string shown_html(std::string_view outside) {
  return base::escape_markup(base::escape_for_display(outside, kReportTextColumnsMax));
}

std::string id_html(std::string_view id) { return "<code>" + shown_html(short_id(id)) + "</code>"; }

std::uint64_t count_of(const ClassCounts& counts, PresenceClass presence) {
  return counts.at(static_cast<std::size_t>(presence));
}

std::uint64_t touched_of(const ClassCounts& counts) {
  std::uint64_t touched = 0;
  for (const ShownClass& each : kShownClasses) {
    touched += is_touch(each.presence) ? count_of(counts, each.presence) : 0;
  }
  return touched;
}

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  constexpr std::uint64_t kPercent = 100;
  const std::uint64_t percent = whole == 0 ? 0 : part * kPercent / whole;
  return part != 0 && percent == 0 ? "less than 1 %" : std::to_string(percent) + " %";
}

std::string word_of(PresenceClass presence) {
  const std::string word = to_word(Presence{presence, 0, 0});
  return word.substr(0, word.find(' '));
}

std::string class_mark(PresenceClass presence, std::string_view word) {
  return "<svg class=\"spot\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"" +
         std::string(shown_class(presence).style) + "\" width=\"10\" height=\"10\"/></svg>" +
         base::escape_markup(word);
}

std::string class_headings(const ClassCounts& seen) {
  std::string cells;
  for (const ShownClass& each : kShownClasses) {
    if (count_of(seen, each.presence) != 0) {
      cells += "<th scope=\"col\" class=\"n\">" + word_of(each.presence) + "</th>";
    }
  }
  return cells;
}

std::string class_cells(const ClassCounts& counts, const ClassCounts& seen) {
  std::string cells;
  for (const ShownClass& each : kShownClasses) {
    if (count_of(seen, each.presence) != 0) {
      cells += "<td class=\"n\">" + std::to_string(count_of(counts, each.presence)) + "</td>";
    }
  }
  return cells;
}

std::string table_begin(std::string_view label) {
  return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" +
         base::escape_markup(label) + "\"><table>";
}

}  // namespace touchstone::git
