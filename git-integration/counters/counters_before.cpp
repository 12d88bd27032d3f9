// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/counters_before.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/object_reader.h"
#include "git-integration/object_stream.h"
#include "git-integration/presence.h"
#include "git-integration/signed_object.h"

namespace touchstone::git {

using base::Result;
using base::Status;

Status add_counters_before(CounterCheck& check, const std::string& repository,
                           std::size_t commits_max) {
  HistoryOptions history{repository, check.missing(), Excluded::kNothing, false, false};
  history.commits_max = commits_max;
  if (!check.counts() || history.ranges.empty() || commits_max == 0) {
    return {};
  }
  // Of a range with more ends than git is asked about at once, some have to do.
  history.ranges.resize(std::min(history.ranges.size(), kRangesMax));
  TRY(stream, ObjectStream::of_history(history));
  ssh::PublicKeyCache cache;
  while (true) {
    TRY(object, stream.next());
    if (!object) {
      return {};
    }
    std::vector<std::string> parents;
    const auto claim = claimed_counter(algorithm_of(object->id), object->bytes, parents, &cache);
    check.add_before(object->id, parents, claim);
  }
}

CounterCheck::Confirm counter_confirmer(const std::string& repository) {
  auto reader = std::make_shared<std::optional<ObjectReader>>();
  return [repository, reader](const std::string& id) -> Result<bool> {
    if (!*reader) {
      TRY(started, ObjectReader::start(repository));
      reader->emplace(std::move(started));
    }
    TRY(object, (*reader)->read(id));
    if (!object || object->type != "commit") {
      return false;
    }
    const Verdict verdict =
        judge_object(ObjectKind::kCommit, algorithm_of(id), object->bytes, Trust{});
    return own_counter(verdict).has_value();
  };
}

}  // namespace touchstone::git
