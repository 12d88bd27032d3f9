// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace touchstone::git {

// Limits on everything that is read in git-integration/. Sizes in bytes.

// One commit or tag, with its signature. What the agent takes is less (ssh::kSignObjectMax): this
// is for reading what others made.
constexpr std::size_t kObjectMax = 4 * 1024 * 1024;
constexpr std::size_t kParentsMax = 1024;
// By a policy, each pair of them is compared.
constexpr std::size_t kPolicyParentsMax = 32;
constexpr std::size_t kMergeTagsMax = 256;
constexpr std::size_t kExtraHeadersMax = 64;
constexpr std::size_t kHeaderNameMax = 64;
constexpr std::size_t kPushOptionsMax = 256;
constexpr std::size_t kRefUpdatesMax = 4096;
constexpr std::size_t kRefNameMax = 1024;
constexpr std::size_t kIdentityMax = 4096;

// A tag of a tag of a tag: how far an argument is followed.
constexpr std::size_t kTagDepthMax = 8;
// The first line of `git cat-file --batch`: a hash, a type and a size.
constexpr std::size_t kBatchHeaderMax = 128;
// How far tags that name tags are followed where every signature is wanted (touchstone audit).
constexpr std::size_t kAuditTagDepthMax = 64 * 1024;
// One line of what a git command prints, where its output is taken line by line.
constexpr std::size_t kGitLineMax = 16 * 1024;
// What a git command may print when its whole output is kept.
constexpr std::size_t kCommandOutputMax = 64 * 1024;
constexpr std::size_t kRevokedKeysFileMax = 16 * 1024 * 1024;
// Answers about keys in a binary revocation list that are kept; later keys are asked about anew.
constexpr std::size_t kRevocationAnswersMax = 4096;
// Signatures that are remembered to verify, 16 bytes each.
constexpr std::size_t kVerifiedSignaturesMax = 1024 * 1024;
// A message to be verified from standard input: more than anything that can be signed here, so
// that what others signed can be checked too.
constexpr std::size_t kVerifyMessageMax = 32 * 1024 * 1024;
// A file that is verified by the signature beside it; it is held in memory.
constexpr std::size_t kVerifyFileMax = 1024 * 1024 * 1024;
constexpr std::size_t kShallowFileMax = 16 * 1024 * 1024;
constexpr std::size_t kRangesMax = 256;
constexpr std::size_t kArgumentMax = 4096;
constexpr std::size_t kTreeModeMax = 6;
constexpr std::size_t kTreeEntriesMax = 65536;  // where all entries are wanted
// What one commit may change where a rule looks at its paths.
constexpr std::size_t kChangedPathsMax = 1024 * 1024;
constexpr std::size_t kChangedPathsBytesMax = 256 * 1024 * 1024;
constexpr std::size_t kTreeDepthMax = 512;  // folders in folders, where they are gone through
constexpr std::size_t kTreesKeptBytesMax = 8 * 1024 * 1024;

// The verifier hands objects to its workers in batches and keeps so many batches under way for
// each worker: memory is bounded by kBatchObjectsMax and kBatchBytes, not by the history.
constexpr std::size_t kBatchObjectsMax = 64;
// How many commits before a range its counters are held against; a receiving hook, which a person
// waits for, looks at fewer.
constexpr std::size_t kCommitsBeforeMax = 10000;
constexpr std::size_t kHookCommitsBeforeMax = 200;
constexpr std::size_t kBatchBytes = 1024 * 1024;
constexpr std::size_t kBatchesPerWorkerMax = 4;
constexpr unsigned kWorkersMax = 64;

constexpr std::size_t kTomlLineDotsMax = 64;

// A repository's policy: both files, and what stands in them.
constexpr std::size_t kPolicyFileMax = 256 * 1024;
constexpr std::size_t kPolicySignersFileMax = 1024 * 1024;
constexpr std::size_t kPolicySignersMax = 2048;
constexpr std::size_t kPolicyPrincipalsMax = 4096;  // over all lines
constexpr std::size_t kPolicyPatternsMax = 64;      // principals with * or ?, over all lines
constexpr std::size_t kPolicyRulesMax = 128;        // of one kind
constexpr std::size_t kPolicyRevocationsMax = 2048;
constexpr std::size_t kPolicyListMax = 64;  // patterns or principals in one rule or line
constexpr std::size_t kPolicyPatternMax = 256;
constexpr std::size_t kPolicyNameMax = 128;
constexpr std::size_t kPolicyReasonMax = 1024;
constexpr std::uint32_t kPolicyBatchMax = 1000;
constexpr std::uint32_t kPolicyChangeSignersMax = 64;
constexpr std::size_t kPolicyProblemsMax = 64;    // how many are told at once
constexpr std::size_t kPolicyApprovalsMax = 256;  // files in one folder of approvals
// Files of the policies in one history that are kept at a time; more are read again.
constexpr std::size_t kPoliciesKeptBytes = 16 * 1024 * 1024;

// `touchstone sign`: commits in one range, and the signatures kept for a second run.
constexpr std::size_t kSignCommitsMax = 1000;
constexpr std::size_t kStoredSignaturesMax = 2000;
constexpr std::uint64_t kStoredSignatureSecondsMax = 30ULL * 24 * 60 * 60;

// A batch: commits one touch may stand for, whatever a policy allows, and what of each one's
// subject is in the manifest.
constexpr std::size_t kBatchMax = 50;
constexpr std::size_t kBatchSubjectMax = 128;
constexpr std::size_t kBatchManifestMax = 32 * 1024;
constexpr std::size_t kStoredBatchMax = 64 * 1024;  // a manifest and its signature
// Batches of one repository that count, and those that do not and are named one by one.
constexpr std::size_t kBatchesMax = 8192;
constexpr std::size_t kBatchProblemsMax = 64;
// Keys of all the signers files in one history.
constexpr std::size_t kKnownSignersMax = 64 * 1024;

// `touchstone report`: what one page shows of a history of any length. What comes after is counted.
constexpr std::size_t kReportBarsMax = 48;
constexpr std::size_t kReportSignersMax = 200;
constexpr std::size_t kReportKeysMax = 64;
constexpr std::size_t kReportCountersMax = 1024 * 1024;  // values kept, over all keys
constexpr std::size_t kReportGapsMax = 32;               // of one key, the widest
constexpr std::size_t kReportRefusedMax = 200;           // objects
constexpr std::size_t kReportFindingsMax = 200;
constexpr std::size_t kReportProblemsMax = 8;  // of one object
constexpr std::size_t kReportTextColumnsMax = 200;
// Which makes the page no larger than this.
constexpr std::size_t kReportPageMax = 8 * 1024 * 1024;

constexpr std::size_t kSocketPathMax = 107;  // sockaddr_un on Linux, without its final zero

}  // namespace touchstone::git
