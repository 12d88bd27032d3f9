// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "git-integration/object_stream.h"
#include "git-integration/process.h"

namespace touchstone::git {

// HistoryCount lets git count the commits of a walk while the walk goes on, for whoever wants to
// say how long it will take. It never fails later: who cannot count says nothing.
class HistoryCount final {
 public:
  static base::Result<HistoryCount> start(const HistoryOptions& options);
  // poll gives the number once it is there; it does not wait.
  std::optional<std::uint64_t> poll();

 private:
  HistoryCount(Child child, base::FileDescriptor answer)
      : child_(std::move(child)), answer_(std::move(answer)) {}

  Child child_;
  base::FileDescriptor answer_;
  std::string digits_;
};

}  // namespace touchstone::git
