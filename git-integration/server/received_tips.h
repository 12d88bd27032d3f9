// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git-integration/object_stream.h"
#include "git-integration/server/receive_settings.h"
#include "git-integration/server/ref_updates.h"

namespace touchstone::git::server {

// Tip is where a ref of the repository is before the push.
struct Tip {
  std::string id;
  std::string ref;
};

// RefTips are all refs of a repository, those that moved last first.
struct RefTips {
  std::vector<Tip> tips;
  std::string head;  // full name of the branch HEAD names; empty when it has none
  // Refs that stand for another one, by full name: git writes through them.
  std::map<std::string, std::string, std::less<>> symbolic{};
};
base::Result<RefTips> list_tips(const std::string& repository);

// Arrival is what a push puts at a ref, taken apart.
struct Arrival {
  const PushUpdate* update{nullptr};
  std::vector<StoredObject> tags{};  // the annotated tag and those it names; none for a commit
  std::string end{};                 // the object behind them
  std::string end_type{};            // "commit", "tree" or "blob"
  // What is wrong with the tags, and with nobody but who pushed them; there is no end then.
  std::optional<base::Error> fault{};
};

// read_arrivals looks at what the updates name; nothing for those that delete.
base::Result<std::vector<Arrival>> read_arrivals(const std::string& repository,
                                                 const std::vector<const PushUpdate*>& updates);

// ranges_of gives the ranges, for `git rev-list`, of what is at `ids` and at no excluded tip.
std::vector<std::string> ranges_of(const std::vector<std::string>& ids,
                                   const std::vector<std::string>& excluded);

}  // namespace touchstone::git::server
