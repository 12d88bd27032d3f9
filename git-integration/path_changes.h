// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "git-integration/limits.h"
#include "git-integration/process.h"

namespace touchstone::git {

// PathChanges says what commits change, through one `git diff-tree` that stays. Renames are both
// a file that went and one that came. Blocks; not thread-safe.
class PathChanges final {
 public:
  struct Limits {
    std::size_t paths{kChangedPathsMax};
    std::size_t bytes{kChangedPathsBytesMax};  // with a byte behind each path
  };
  static base::Result<PathChanges> start(const std::string& repository, const Limits& limits);

  // between gives the paths in which a commit's tree differs from that of another commit, from the
  // top, as they came. Both are full names. kTooLong above a limit.
  base::Result<std::vector<std::string>> between(const std::string& parent,
                                                 const std::string& commit);

 private:
  PathChanges(Child child, ErrorSink errors, base::FileDescriptor requests,
              base::FileDescriptor answers, std::string end, const Limits& limits)
      : child_(std::move(child)),
        errors_(std::move(errors)),
        requests_(std::move(requests)),
        answers_(std::move(answers)),
        end_(std::move(end)),
        limits_(limits) {}
  base::Result<std::string> read_answer();

  Child child_;
  ErrorSink errors_;
  base::FileDescriptor requests_;
  base::FileDescriptor answers_;
  std::string end_;
  Limits limits_;
};

}  // namespace touchstone::git
