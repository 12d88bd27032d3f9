// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git-integration/git_object.h"
#include "git-integration/rewrite/batch_manifest.h"

namespace touchstone::git::server {

// Where we keep what we know of pushes and batches. Pushers may add to the second, nothing else.
constexpr std::string_view kOwnRefs = "refs/touchstone/";
constexpr std::string_view kPushLogRef = "refs/touchstone/pushes";

// What stands there is shown in place of other objects by git, on the server and to who mirrors it.
constexpr std::string_view kReplaceRefs = "refs/replace/";

// PushUpdate is one ref and what a push makes of it. Object names are hex, of one length.
struct PushUpdate {
  std::string old_id;  // zeros: the ref is created
  std::string new_id;  // zeros: the ref is deleted
  std::string ref;     // full name
  bool operator==(const PushUpdate&) const = default;

  bool creates() const;
  bool deletes() const;
};

bool is_zero_id(std::string_view id);
HashAlgorithm algorithm_of(const PushUpdate& update);

// parse_update takes OLD, NEW and REF as githooks(5) and the push log have them. Fails with
// kMalformed when they are no object names of one length, or when REF is no full ref name.
base::Result<PushUpdate> parse_update(std::string_view old_id, std::string_view new_id,
                                      std::string_view ref);

// parse_updates takes the standard input of pre-receive and post-receive: lines "OLD NEW REF". At
// most kPushUpdatesMax, no ref twice, one hash algorithm throughout.
base::Result<std::vector<PushUpdate>> parse_updates(std::string_view text);

}  // namespace touchstone::git::server
