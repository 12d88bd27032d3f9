// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/object_reader.h"
#include "git-integration/tree.h"

namespace touchstone::git {

// PathChanges says what commits change, by walking both trees as far as they differ. Renames are
// both a file that went and one that came. git diff-tree would hold all of a commit's changes
// before it prints the first: a dozen small trees that name each other can stand for a hundred
// million files. Blocks; not thread-safe.
class PathChanges final {
 public:
  struct Limits {
    std::size_t paths{kChangedPathsMax};       // folders on the way to them included
    std::size_t bytes{kChangedPathsBytesMax};  // with a byte behind each path
  };
  static base::Result<PathChanges> start(const std::string& repository, const Limits& limits);

  // between gives the paths in which a commit's tree differs from that of another commit, from the
  // top, in no order. Both are full names. What is wrong with the trees: kTooLong above a limit,
  // kMalformed, kTruncated, kHashMismatch; kNotFound where the repository lacks one.
  base::Result<std::vector<std::string>> between(const std::string& parent,
                                                 const std::string& commit);

 private:
  PathChanges(ObjectReader reader, const Limits& limits)
      : reader_(std::move(reader)), limits_(limits) {}
  base::Result<std::string> tree_of(const std::string& commit);
  base::Result<base::Bytes> read_tree(const std::string& id);
  // compare takes the trees of a folder on both sides; an empty name is one that is not there.
  base::Status compare(const std::string& folder, const std::string& before,
                       const std::string& after, std::size_t depth);
  base::Status changed(const std::string& folder, const TreeEntry* before, const TreeEntry* after,
                       std::size_t depth);
  base::Status add(std::string path);

  ObjectReader reader_;
  Limits limits_;
  // Trees that were read lately: of one commit to the next, most stay.
  std::map<std::string, base::Bytes, std::less<>> lately_;
  std::size_t lately_bytes_{0};
  // Of the comparison at hand.
  HashAlgorithm algorithm_{HashAlgorithm::kSha1};
  std::vector<std::string> paths_;
  std::size_t seen_{0};
  std::size_t bytes_{0};
};

}  // namespace touchstone::git
