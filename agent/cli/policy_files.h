// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/context.h"
#include "git-integration/policy/policy_change.h"
#include "git-integration/policy/policy_edit.h"

namespace touchstone::agent::cli {

// The policy in the working tree, and in commits.

// working_tree gives the top of the working tree; kNotFound outside of any.
base::Result<std::filesystem::path> working_tree();

// read_policy_text gives the files in the working tree; kNotFound, with what to do, when there is
// none.
base::Result<git::PolicyText> read_policy_text(const std::filesystem::path& top);
// policy_text_at gives the files in a commit's tree, or nothing when it has no policy.
base::Result<std::optional<git::PolicyText>> policy_text_at(const std::string& commit);

// git_text runs a git command and gives what it prints, at most kPolicyGitOutputMax bytes; git's
// own words when it fails.
base::Result<std::string> git_text(const std::vector<std::string>& arguments);
constexpr std::size_t kPolicyGitOutputMax = 16 * 1024 * 1024;

// make_edit shows how the files change, and unless dry_run writes those that do. What is to be done
// next is said on standard error.
base::Status make_edit(Console& console, const std::filesystem::path& top,
                       const git::PolicyText& before, const git::PolicyText& after, bool dry_run);
// say_next says how a change of the files becomes a change of the policy.
void say_next(Console& console, const git::RepositoryPolicy& old_policy);
// edit_lines gives the lines taken away and added, with - and + before them.
std::string edit_lines(std::string_view before, std::string_view after);

// read_public_key reads a .pub file, a private key file's public half, or "TYPE BASE64" itself.
base::Result<ssh::PublicKey> read_public_key(const std::string& file_or_line);
// configured_key gives the key git signs with here, or nothing when that is not set or no key.
base::Result<std::optional<ssh::PublicKey>> configured_key();
// named_fingerprint takes a fingerprint, a key file, or a principal who has one key in the policy.
base::Result<std::string> named_fingerprint(const git::RepositoryPolicy& policy,
                                            const std::string& name);

}  // namespace touchstone::agent::cli
