// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git-integration/git_object.h"
#include "git-integration/presence.h"

namespace touchstone::git {

// VerifyOptions is what `touchstone verify` was asked for.
struct VerifyOptions {
  std::string repository{"."};
  // As for `git rev-list`; none means HEAD with its whole history. An annotated tag's name gives
  // a verdict on the tag itself as well, before the history behind it.
  std::vector<std::string> ranges;
  // Default: git's gpg.ssh.allowedSignersFile.
  std::optional<std::filesystem::path> signers;
  // Default: git's gpg.ssh.revocationFile, none when that is not set.
  std::optional<std::filesystem::path> revoked;
  unsigned workers{0};  // 0: one for each core
};

// ObjectVerdict is the verdict on one commit or tag.
struct ObjectVerdict {
  ObjectKind kind{ObjectKind::kCommit};
  std::string id;
  std::string name;  // of a tag, from outside; empty for commits
  Verdict verdict;
};

// VerifySummary counts what was seen.
struct VerifySummary {
  std::uint64_t total{0};
  std::uint64_t below_touch{0};
  std::array<std::uint64_t, 8> by_class{};  // index: PresenceClass
  // The walk came to where a shallow clone was cut: there is history that was not seen.
  bool shallow{false};

  // passed says whether exit status 0 is right: something was seen and nothing below touch.
  bool passed() const { return total > 0 && below_touch == 0; }
};

// OnVerdict gets the verdicts in the order of rev-list, on the calling thread. An error from it
// ends the run and is passed on.
using OnVerdict = std::function<base::Status(const ObjectVerdict&)>;

// verify_range streams verdicts on a history of any length in bounded memory. Objects are read by
// git, hashed again here, and judged on all cores. Fails, before the first verdict, when there is
// no repository, a range is unknown, or the allowed signers (kConfigInvalid, kNotFound) or the
// revocation list cannot be read: a missing file must not look like an unsigned history. Fails
// later when git does.
//
//   VerifyOptions options;
//   options.ranges = {"v1.0..main"};
//   TRY(summary, verify_range(options, [&](const ObjectVerdict& verdict) -> base::Status {
//     std::cout << to_json_line(verdict);
//     return {};
//   }));
//   return summary.passed() ? 0 : 1;
base::Result<VerifySummary> verify_range(const VerifyOptions& options, const OnVerdict& on_verdict);

// to_json_line gives one JSON object and a line end: "commit" (or "tag", then also "name"),
// "class", "signer", "key", "counter", "reason" (our sentence) and "error" (the code's word); null
// where there is none. Text from outside is escaped for display.
std::string to_json_line(const ObjectVerdict& verdict);
// to_text_line gives the same for people, escaped, with a line end.
std::string to_text_line(const ObjectVerdict& verdict);
// to_text gives the summary in one line, or two when the repository is shallow.
std::string to_text(const VerifySummary& summary);

}  // namespace touchstone::git
