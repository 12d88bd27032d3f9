// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace touchstone::git {

// find_armor gives the offset of the last line that begins an armored signature of any kind, as
// git looks for the signature of a tag; npos when there is none.
std::size_t find_armor(std::string_view text);

}  // namespace touchstone::git
