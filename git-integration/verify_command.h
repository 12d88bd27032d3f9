// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "git-integration/git_object.h"
#include "git-integration/history_finding.h"
#include "git-integration/limits.h"
#include "git-integration/object_stream.h"
#include "git-integration/presence.h"

namespace touchstone::git {

// Introduction is where trust in a repository's policy starts: a commit that carries the first
// policy, signed with a touch by this key. It has to come from elsewhere than the repository.
struct Introduction {
  std::string commit;       // any name git takes for one
  std::string fingerprint;  // "SHA256:…"
};

// BatchEntry says that an object is one of those named in a touched manifest.
struct BatchEntry {
  std::uint32_t part{0};                      // n of
  std::uint32_t whole{0};                     // N
  std::shared_ptr<const ssh::PublicKey> key;  // that signed the manifest
  std::optional<std::uint32_t> counter;       // of that signature
};

// VerifyOptions is what `touchstone verify` was asked for.
struct VerifyOptions {
  std::string repository{"."};
  // As for `git rev-list`; none means HEAD with its whole history. An annotated tag's name gives
  // a verdict on the tag itself as well.
  std::vector<std::string> ranges;
  Excluded excluded{Excluded::kNothing};
  // Parents before their children and tags last, as by a policy anyhow. git then finds all commits
  // before it gives the first.
  bool oldest_first{false};
  unsigned workers{0};  // 0: one for each core
  // Signatures that were found to verify before; null: each is verified now. The caller saves it.
  VerifiedSignatures* verified{nullptr};

  // Without introduction, signers are those of a file, and a commit is accepted when it was signed
  // with a touch by one of them.
  // Default: git's gpg.ssh.allowedSignersFile.
  std::optional<std::filesystem::path> signers;
  // Default: git's gpg.ssh.revocationFile, none when that is not set.
  std::optional<std::filesystem::path> revoked;
  bool any_committer{false};   // the committer need not be the signer
  bool allow_webauthn{false};  // a touch is believed of signatures made in a browser, too
  bool trust_dates{false};     // an object's own date says whether its key was in time

  // With one, each commit is judged by the policy of each of its parents; those a range leaves out
  // are taken to have been verified. Default: git's touchstone.introduction ("COMMIT FINGERPRINT"),
  // unless `signers` is given.
  std::optional<Introduction> introduction;
  // A commit that is known to descend from the introduction, by its full name: whatever descends
  // from it does too, and is found to faster. Empty: none.
  std::string introduced;
  // Full name of the ref the commits are for, whose rules apply. Default: the branch that the
  // range's end names; when there is none, every rule for refs has to let them.
  std::optional<std::string> ref;
  // A commit whose policy's revocations count beside those at the ends of the ranges; a server
  // names its protected branch. Empty: none.
  std::string newest;

  // When a server received a commit, in Unix seconds; nothing when no record says.
  std::function<std::optional<std::uint64_t>(std::string_view id)> received;
  // The manifests a commit is named in, which are tried in this order where the commit's own
  // signature does not do. Asked by a policy only: no batch is accepted without one.
  std::function<std::vector<BatchEntry>(std::string_view id)> batches;
  // How many of the commits before a range are looked at for the counters in their signatures; 0:
  // none.
  std::size_t commits_before_max{kCommitsBeforeMax};
  // Gets the number of commits to come, once git has counted them; git is not asked without it.
  // Called on the calling thread, at most once.
  std::function<void(std::uint64_t total)> on_total;
  std::uint64_t now_seconds{0};             // Unix time of the present; 0: the clock's
  std::size_t tag_depth_max{kTagDepthMax};  // how far tags that name tags are followed
};

// ObjectVerdict is the verdict on one commit or tag.
struct ObjectVerdict {
  ObjectKind kind{ObjectKind::kCommit};
  std::string id;
  std::string name;  // of a tag, from outside; empty for commits
  Verdict verdict;
  std::string file{};                  // path it was read from; empty: from the repository
  std::vector<std::string> parents{};  // of a commit, in its order; what a tag points to; hex
  std::string committer_email{};       // tagger's of a tag; from outside
  std::string author_email{};          // of a commit; from outside
  std::uint64_t seconds{0};            // Unix time, as the object claims
  // "bot" or "forge" when the signer is one of a policy's named identities; empty: a person.
  std::string_view identity{};
  bool accepted{false};  // nothing in problems
  // Every way in which it falls short, the one that explains its class first.
  std::vector<base::Error> problems{};
};

// VerifySummary counts what was seen.
struct VerifySummary {
  std::uint64_t total{0};
  std::uint64_t below_touch{0};
  std::uint64_t refused{0};
  std::uint64_t by_identities{0};           // bots and forges
  std::array<std::uint64_t, 8> by_class{};  // index: PresenceClass
  // The walk came to where a shallow clone was cut: there is history that was not seen.
  bool shallow{false};
  bool by_policy{false};  // judged by the repository's policy
  // The policy has rules for refs, and nothing said which ref this is for: each had to let it.
  bool ref_unknown{false};
  // Where the walk was cut (kShallow, but for by a policy, which needs no more than its
  // introduction), and what CounterCheck finds among the signatures that were seen.
  std::vector<HistoryFinding> findings{};

  // passed says whether exit status 0 is right: something was seen, all of it accepted.
  bool passed() const { return total > 0 && refused == 0 && findings.empty(); }
};

// OnVerdict gets the verdicts on the calling thread: tags first and then commits in the order of
// rev-list; by a policy, and with oldest_first, parents before their children and tags last. An
// error from it ends the run and is passed on.
using OnVerdict = std::function<base::Status(const ObjectVerdict&)>;

// verify_range streams verdicts on a history of any length in bounded memory. Objects are read by
// git, hashed again here, and judged on all cores. Fails, before the first verdict, when there is
// no repository, a range is unknown, or the allowed signers (kConfigInvalid, kNotFound) or the
// revocation list cannot be read: a missing file must not look like an unsigned history; likewise
// when the introduction is not what it is said to be (kNotIntroduced) or cut off (kShallow). Fails
// later when git does, and with kShallow when by a policy the walk comes to where a shallow clone
// was cut.
//
//   VerifyOptions options;
//   options.ranges = {"v1.0..main"};
//   TRY(summary, verify_range(options, [&](const ObjectVerdict& verdict) -> base::Status {
//     std::cout << to_json_line(verdict);
//     return {};
//   }));
//   return summary.passed() ? 0 : 1;
base::Result<VerifySummary> verify_range(const VerifyOptions& options, const OnVerdict& on_verdict);

// problem_object gives what is wrong as JSON: "error" (the code's word), "message" and "hint".
boost::json::object problem_object(const base::Error& error);
// to_json_line gives one JSON object and a line end: "commit" (or "tag", then also "name"; or
// "file"), "class", "signer", "key", "counter", "accepted", "problems" (each with "error",
// "message" and "hint"), "reason" (why the class is below touch, our sentence) and "error" (its
// code's word); null where there is none. Text from outside is escaped for display.
std::string to_json_line(const ObjectVerdict& verdict);
// The same for a finding: "finding" with "error", "message", "hint", "id" and "other".
std::string to_json_line(const HistoryFinding& finding);
// to_text_line gives the same for people, escaped, with a line end; each problem follows in a line
// of its own.
std::string to_text_line(const ObjectVerdict& verdict);
std::string to_text_line(const HistoryFinding& finding);
// to_text gives the summary in one line, with another for what was refused.
std::string to_text(const VerifySummary& summary);

// ProblemTally counts what was found wrong by kind, so that the mend is said once for each.
class ProblemTally final {
 public:
  void add(const ObjectVerdict& object);
  void add(const HistoryFinding& finding) { ++counts_[finding.error.code]; }
  // to_text gives two lines a kind: how many times what, and the hint. Empty without any.
  std::string to_text() const;

 private:
  std::map<base::Code, std::uint64_t> counts_;
};

}  // namespace touchstone::git
