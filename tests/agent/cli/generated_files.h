// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace touchstone::agent::cli {

struct GeneratedFile {
  std::string path;  // from the root of the source tree
  std::string text;  // what it has to be
};

// generated_files gives every file of the source tree that is made from the command table. The
// manual page is read from `folder`: only its middle is made.
std::vector<GeneratedFile> generated_files(const std::filesystem::path& folder);

// file_text reads a file of the source tree; empty when it is not there.
std::string file_text(const std::filesystem::path& path);

}  // namespace touchstone::agent::cli
