// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace touchstone::git::server {

// Limits on everything that is read in git-integration/server/. Sizes in bytes.

// Refs in one push. What git gives a hook is one line for each.
constexpr std::size_t kPushUpdatesMax = 4096;
constexpr std::size_t kHookInputMax = 8 * 1024 * 1024;
constexpr std::size_t kPushOptionBytesMax = 64 * 1024;
constexpr std::size_t kPushCertificateMax = 4 * 1024 * 1024;

// One record of the push log, and the whole log.
constexpr std::size_t kPushRecordMax = 8 * 1024 * 1024;
constexpr std::size_t kPrincipalMax = 4096;
constexpr std::size_t kPushLogBytesMax = 256 * 1024 * 1024;
constexpr std::size_t kPushLogEntriesMax = 1024 * 1024;
// Lines of `git rev-list --parents` that the log's reader takes.
constexpr std::size_t kHistoryBytesMax = std::size_t{1024} * 1024 * 1024;

constexpr std::size_t kPendingPushesMax = 4096;
// A pending push made under another pid namespace, where nobody can tell whether its git still
// runs, is left alone for so long.
constexpr std::chrono::hours kForeignPendingAge{24};

// Refs of a repository that are listed, and how many of them one walk is told to leave out. Those
// beyond are walked again: slower, never less strict.
constexpr std::size_t kRefListMax = 64 * 1024 * 1024;
constexpr std::size_t kExcludedTipsMax = 160;
constexpr std::size_t kTipsPerWalkMax = 64;

// Tries to append to the log while others do so too.
constexpr int kAppendTriesMax = 64;

// Refusals that a pusher is shown one by one.
constexpr std::size_t kRefusalsShownMax = 20;
constexpr std::size_t kRefusalColumnsMax = 300;

// Two names of commits in a line.
constexpr std::size_t kIntroducedFileMax = 512;
constexpr std::size_t kHookScriptMax = 64 * 1024;
constexpr std::size_t kSettingsMax = 1024 * 1024;
constexpr std::uint64_t kNonceSlopSecondsMax = 86400;

}  // namespace touchstone::git::server
