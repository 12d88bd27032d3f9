// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace touchstone::base {

constexpr std::size_t kErrorColumnsMax = 400;

// escape_for_display makes text from outside safe to show on a terminal, in a notification or in
// a log line. What comes out is valid UTF-8 on one line, at most `columns_max` code points (a cut
// is marked with "…"), and holds none of these:
//   control characters, C0, DEL and C1            (escape sequences, OSC 52)
//   bidi controls and isolates, zero-width marks   (Trojan Source, CVE-2021-42574)
//   line and paragraph separators, variation selectors, tags, private use, non-characters
//   bytes that are not UTF-8
// Each is shown as \xNN (bytes) or \u{NNNN} (code points), and a backslash as \\, so that what is
// shown can never be mistaken for something else.
std::string escape_for_display(std::string_view text, std::size_t columns_max);

// is_displayable says whether escape_for_display would leave the text as it is.
bool is_displayable(std::string_view text);

// escape_markup makes displayable text safe in HTML, in its quoted attributes (HTML Living Standard
// 13.1.2) and in what desktop notifications take for markup (Desktop Notifications Specification
// 1.2, "Markup").
std::string escape_markup(std::string_view displayable);

// counted gives "1 touch", "2 touches"; the plural is made with an s when it is not given.
std::string counted(std::uint64_t count, std::string_view one, std::string_view many = {});

// edit_distance is the Levenshtein distance, for "did you mean"; inputs are cut at 64 bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace touchstone::base
