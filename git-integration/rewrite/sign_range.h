// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "git-integration/agent_client.h"
#include "ssh/public_key.h"

namespace touchstone::git {

// SignRangeOptions is what `touchstone sign` was asked for.
struct SignRangeOptions {
  std::string repository{"."};
  std::optional<std::string> range;  // none: what a push would publish
  std::optional<std::filesystem::path> signers;
  AgentPlaces agents;
  bool force{false};    // also what a remote-tracking branch has
  bool dry_run{false};  // asks for no touch and changes nothing
  std::uint64_t now_seconds{0};
};

enum class SignStep : std::uint8_t {
  kKept,     // good as it is, with the same name
  kToSign,   // dry run: takes a touch
  kAsking,   // the agent is being asked
  kTouched,  // signed after a touch
  kReused,   // the very same bytes were signed before
};
std::string_view to_word(SignStep step);  // "kept", "to-sign", "asking", "touched", "reused"

// SignProgress is one step of one commit.
struct SignProgress {
  SignStep step{SignStep::kKept};
  std::string id;             // hex, as it was
  std::string new_id;         // hex; empty while there is none
  std::string subject;        // from outside
  std::uint32_t position{0};  // among those written anew; 0 when kept
  std::uint32_t count{0};
};
using OnSignProgress = std::function<void(const SignProgress&)>;

struct SignSummary {
  std::string ref;  // "HEAD" when no branch is checked out
  std::string old_tip;
  std::string new_tip;  // the same when nothing was moved
  std::uint32_t kept{0};
  std::uint32_t touched{0};  // or, in a dry run, to be touched
  std::uint32_t reused{0};
};

// signing_key_of gives the key git is set to sign with: what `asked` names (a file), or else
// user.signingkey, a file or a literal key. Fails with kConfigInvalid when there is none.
base::Result<ssh::PublicKey> signing_key_of(const std::string& repository,
                                            const std::optional<std::string>& asked);

// sign_range signs what lacks a touch in a range that ends at the tip of the branch, one touch for
// each commit. A commit that is good keeps its name unless a parent changed; the others are written
// anew with the same tree, author, committer, message and every other header. The branch moves once
// and at the end, and ORIG_HEAD is set to where it was; index and working tree are as before.
//
// When something fails or the process ends the branch is as it was, and a second run goes on: what
// was signed is kept (StoredSignatures). Before the first touch it fails, changing nothing:
//
//   kUsage               something is in progress; not the tip; a commit is on a remote branch
//                        and `force` is not set; a merged tag is of a commit to be written anew
//   kCommitterMismatch   somebody else's commit would have to be signed (or kUntrustedSigner,
//                        kExpiredKey, kRevokedKey: the key is nobody's)
//   kShallow, kTooLong   as read_range
base::Result<SignSummary> sign_range(const SignRangeOptions& options, const ssh::PublicKey& key,
                                     const OnSignProgress& on_progress);

}  // namespace touchstone::git
