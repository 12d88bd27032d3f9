// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/bytes.h"
#include "git-integration/git_object.h"

namespace touchstone::git {

// PackWriter collects objects and writes them as one pack (gitformat-pack(5)), which is how a
// hundred thousand signed commits come into a repository: git fast-import took no signatures
// before git 2.50. Nothing in it is compressed; `git repack -F` does that.
class PackWriter final {
 public:
  explicit PackWriter(HashAlgorithm algorithm) : algorithm_(algorithm) {}

  // add gives the object's name. What was added before is not added again.
  std::string add(std::string_view type, std::string_view text);
  std::size_t size() const { return known_.size(); }
  // write writes pack-….pack into the folder and gives its path; `git index-pack` makes the rest.
  base::Result<std::filesystem::path> write(const std::filesystem::path& folder);

 private:
  HashAlgorithm algorithm_;
  base::Writer entries_;
  std::unordered_set<std::string> known_;
};

}  // namespace touchstone::git
