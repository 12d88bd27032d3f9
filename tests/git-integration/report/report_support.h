// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "git-integration/verify_command.h"

namespace touchstone::git {

// Made up verdicts, for what no real history of a test's length shows.

constexpr std::uint64_t kDay = 24ULL * 60 * 60;
constexpr std::uint64_t kFirstOfMarch2026 = 1'772'323'200;

struct Made {
  PresenceClass presence{PresenceClass::kTouch};
  std::string signer{"alice@example.org"};
  std::string key{"SHA256:alice"};
  std::optional<std::uint32_t> counter{};
  std::uint64_t seconds{kFirstOfMarch2026};
  std::vector<base::Error> problems{};
};

inline ObjectVerdict object_of(Made made, std::string id = std::string(40, 'a')) {
  ObjectVerdict object;
  object.id = std::move(id);
  object.verdict.presence.presence = made.presence;
  object.verdict.signer = std::move(made.signer);
  object.verdict.key = std::move(made.key);
  object.verdict.counter = made.counter;
  object.seconds = made.seconds;
  object.problems = std::move(made.problems);
  object.accepted = object.problems.empty();
  return object;
}

// count_in counts an object as the verification does.
inline void count_in(VerifySummary& summary, const ObjectVerdict& object) {
  ++summary.total;
  ++summary.by_class.at(static_cast<std::size_t>(object.verdict.presence.presence));
  summary.refused += object.accepted ? 0 : 1;
}

}  // namespace touchstone::git
