// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "git-integration/verify_command.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {

// Files are what a tree holds: path to content. "MODE ID" behind a '\1' is put in as it is.
using Files = std::map<std::string, std::string>;

// CommitSpec is a commit to be made.
struct CommitSpec {
  const SoftKey* key{nullptr};  // null: unsigned
  std::vector<std::string> parents{};
  Files files{};
  std::string committer{"alice@example.com"};
  std::uint64_t seconds{1700000000};
  SoftKey::How how{};
  std::string message{"m\n"};
  std::string author{"author@example.com"};
};

// Outcome is what a verification gave.
struct Outcome {
  base::Result<VerifySummary> summary = VerifySummary{};
  std::vector<ObjectVerdict> verdicts;

  bool passed() const { return summary && summary->passed(); }
  // words gives the classes, in order.
  std::vector<std::string> words() const;
  // refused gives "ID: CODE CODE" for each object that was not accepted; ids shortened to 7.
  std::vector<std::string> refused() const;
  // problems_of gives the words of an object's problems, "accepted" when there are none and
  // "not seen" when it was not there.
  std::string problems_of(const std::string& id) const;
};

// PolicyRepository is a repository with a policy in it, and an introduction by alice.
class PolicyRepository : public Repository {
 public:
  explicit PolicyRepository(std::string_view object_format = "sha1");

  std::string tree(const Files& files) const;
  std::string commit(const CommitSpec& spec) const;
  // policy_files gives the files of a policy; both start from the given text.
  static Files policy_files(std::string_view toml, std::string_view signers);
  // introduce makes the introduction: a commit by alice of these files.
  std::string introduce(const Files& files);
  VerifyOptions options() const;
  Outcome verify(const std::vector<std::string>& ranges) const;
  static Outcome verify_with(const VerifyOptions& options);

  const SoftKey alice = SoftKey::sk_ed25519();
  const SoftKey bob = SoftKey::sk_p256();
  const SoftKey bot = SoftKey::ed25519();
  std::string signers() const {
    return alice.line("alice@example.com") + bob.line("bob@example.com") +
           bot.line("bot@example.com");
  }
  const std::string& introduction() const { return introduction_; }

 private:
  std::string introduction_;
};

// The least that is a policy.
constexpr std::string_view kPlainPolicy = "version = 1\n";

}  // namespace touchstone::git
