// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace touchstone::agent::cli {

// What git says, asked from the working folder.

// git_value gives a setting as it holds here, whatever file it stands in; nothing when not set.
base::Result<std::optional<std::string>> git_value(const std::string& name);
// git_folder is the repository's (the common one of its work trees); kNotFound outside of any.
base::Result<std::filesystem::path> git_folder();
// git_version is what `git version` says: "2.39.5".
base::Result<std::string> git_version();

}  // namespace touchstone::agent::cli
