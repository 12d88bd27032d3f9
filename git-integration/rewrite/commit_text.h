// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "git-integration/git_object.h"

namespace touchstone::git {

// ParentMap gives the name a parent is to have; the same one when nothing changes.
using ParentMap = std::function<std::string(const std::string& id)>;

// with_parents gives a commit's payload with its parents named anew and every other byte kept.
std::string with_parents(std::string_view payload, const ParentMap& map);

// with_signature puts an armored signature where git puts it: in the last header, gpgsig or
// gpgsig-sha256, its lines folded. The payload must be one parse_payload takes.
std::string with_signature(HashAlgorithm algorithm, std::string_view payload,
                           std::string_view armored);

}  // namespace touchstone::git
