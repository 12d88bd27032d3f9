// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "git-integration/git_config.h"

namespace touchstone::agent::cli {

// remember puts the changes about to be made to those made before, so that undoing them goes back
// to what there was before the first. What somebody else changed in between is what there is to
// go back to for that setting.
void remember(std::vector<git::ConfigChange>& made, const std::vector<git::ConfigChange>& changes);

// read_changes reads the file of changes made; none when it is not there, kMalformed when it is
// not ours.
base::Result<std::vector<git::ConfigChange>> read_changes(const std::filesystem::path& file);
base::Status write_changes(const std::filesystem::path& file,
                           const std::vector<git::ConfigChange>& changes);

// signer_line gives the line of an allowed signers file that lets a key sign git objects for
// email. Fails with kMalformed for an email that the file's grammar would take apart.
base::Result<std::string> signer_line(const std::string& email, const std::string& public_key,
                                      const std::string& comment);
// has_signer says whether the text lets that key sign git objects for email now.
bool has_signer(const std::string& text, const std::string& email, const std::string& public_key);
// read_signers gives an empty text when the file is not there.
base::Result<std::string> read_signers(const std::filesystem::path& file);
// add_signer appends a line, making file and folder when they are not there.
base::Status add_signer(const std::filesystem::path& file, const std::string& line);

}  // namespace touchstone::agent::cli
