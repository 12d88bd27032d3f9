// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "git-integration/object_stream.h"

namespace touchstone::git {

// ObjectReader reads single objects through one `git cat-file --batch` that stays, for those that
// are asked for while a history is walked. What it gives was hashed again: its id is its hash.
// Blocks; not thread-safe.
class ObjectReader final {
 public:
  static base::Result<ObjectReader> start(const std::string& repository);

  // read takes any name git does ("ID", "ID^{tree}", "ID:path"). Nothing when the repository has
  // no such object. Fails with kHashMismatch when the bytes are not those of the name, kTooLong
  // above kObjectMax.
  base::Result<std::optional<StoredObject>> read(const std::string& name);

 private:
  ObjectReader(ObjectStream stream, base::FileDescriptor requests)
      : stream_(std::move(stream)), requests_(std::move(requests)) {}

  ObjectStream stream_;
  base::FileDescriptor requests_;
};

// algorithm_of gives the object format a hex name belongs to.
HashAlgorithm algorithm_of(std::string_view id);

}  // namespace touchstone::git
