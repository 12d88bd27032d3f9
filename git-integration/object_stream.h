// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "git-integration/git_object.h"
#include "git-integration/process.h"

namespace touchstone::git {

// StoredObject is one object as the repository holds it. Nothing has been checked: its id is what
// was asked for, object_id() of type and bytes is what it is.
struct StoredObject {
  std::string id;
  std::string type;
  base::Bytes bytes;
  bool too_large{false};  // above kObjectMax: bytes is empty
};

// HistoryOptions says which commits a stream gives.
struct HistoryOptions {
  std::string repository{"."};
  std::vector<std::string> ranges;  // as for `git rev-list`; options are not taken for such
};

// ObjectStream reads objects through `git cat-file --batch`, one at a time. Replace refs, grafts
// and the commit graph are not looked at, and nothing is fetched. Blocks; not thread-safe.
class ObjectStream final {
 public:
  // of_history streams the commits of `git rev-list RANGES`, in its order.
  static base::Result<ObjectStream> of_history(const HistoryOptions& options);
  // of_ids streams these objects, at most kRangesMax of them.
  static base::Result<ObjectStream> of_ids(const std::string& repository,
                                           const std::vector<std::string>& ids);

  // next gives nothing at the end, after both programs ended well. Fails with kExternalProgram
  // and git's own words, kNotFound for an object the repository has not got.
  base::Result<std::optional<StoredObject>> next();

 private:
  ObjectStream(ErrorSink errors, base::FileDescriptor output)
      : errors_(std::move(errors)), output_(std::move(output)) {}

  base::Status fill();
  base::Result<std::optional<std::string>> header();
  base::Status take(std::size_t count, base::Bytes* to);
  base::Status finish();

  ErrorSink errors_;
  base::FileDescriptor output_;
  std::vector<Child> children_;
  base::Bytes buffer_;
  std::size_t position_ = 0;
  bool at_end_ = false;
};

}  // namespace touchstone::git
