// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git-integration/git_object.h"

namespace touchstone::git {

// TreeEntry is one line of a stored tree: a file, a folder, a symbolic link or a submodule.
struct TreeEntry {
  std::string_view mode;  // octal, as stored: "100644", "40000"
  std::string_view name;  // as it came; borrows the tree's bytes
  std::string id;         // hex

  // is_folder goes by the number, as git does: to it "040000" and "40755" are folders, too.
  bool is_folder() const;
  bool is_file() const { return mode == "100644" || mode == "100755"; }
};

// parse_tree takes a stored tree. Fails with kTruncated or kMalformed where git would not know
// what an entry is, and with kTooLong above kTreeEntriesMax. The order of names is git's to check.
base::Result<std::vector<TreeEntry>> parse_tree(HashAlgorithm algorithm, base::ByteView raw);

// find_entry gives the entry with this name in a stored tree, an empty name when there is none.
// Two entries of one name are kMalformed: git would take either.
base::Result<TreeEntry> find_entry(HashAlgorithm algorithm, base::ByteView raw,
                                   std::string_view name);

}  // namespace touchstone::git
