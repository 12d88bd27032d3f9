// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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

// Excluded says which history is left out beside what the ranges leave out themselves.
enum class Excluded : std::uint8_t {
  kNothing,
  kOnRemotes,  // what a remote-tracking branch reaches: the remote has it
  kOnRefs,     // what any ref reaches: in a receiving hook, what was there before
};

// HistoryOptions says which commits a stream gives.
struct HistoryOptions {
  std::string repository{"."};
  std::vector<std::string> ranges;  // as for `git rev-list`; options are not taken for such
  Excluded excluded{Excluded::kNothing};
  bool with_trees{false};      // each commit followed by its tree
  bool oldest_first{false};    // parents before their children, else as `git rev-list` has it
  std::size_t commits_max{0};  // those `git rev-list` has first; 0: all
};
// walk_arguments gives what `git rev-list` takes for such a walk, but for its order.
std::vector<std::string> walk_arguments(const HistoryOptions& options);

// ObjectStream reads objects through `git cat-file --batch`, one at a time. Replace refs, grafts
// and the commit graph are not looked at, and nothing is fetched. Blocks; not thread-safe.
class ObjectStream final {
 public:
  // of_history streams the commits of `git rev-list RANGES`, in its order.
  // With trees an object of type tree, which may be the one before's, follows each commit.
  static base::Result<ObjectStream> of_history(const HistoryOptions& options);
  // of_ids streams these objects, at most kRangesMax of them.
  static base::Result<ObjectStream> of_ids(const std::string& repository,
                                           const std::vector<std::string>& ids);

  // of_requests gives the objects whose names come in on the descriptor, one a line, each as soon
  // as it was asked for. After kNotFound it goes on.
  static base::Result<ObjectStream> of_requests(const std::string& repository, int requests);

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
  std::size_t position_ = 0;  // what was taken of it
  std::size_t filled_ = 0;    // what was read into it
  bool at_end_ = false;
};

}  // namespace touchstone::git
