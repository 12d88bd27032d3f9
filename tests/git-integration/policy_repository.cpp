// SPDX-License-Identifier: Apache-2.0
#include "tests/git-integration/policy_repository.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "git-integration/policy/repository_policy.h"

namespace touchstone::git {
namespace {

constexpr std::size_t kShort = 7;

std::string words_of(const std::vector<base::Error>& problems) {
  std::string words;
  for (const base::Error& problem : problems) {
    words += (words.empty() ? "" : " ") + std::string(base::describe(problem.code).word);
  }
  return words;
}

}  // namespace

std::vector<std::string> Outcome::words() const {
  std::vector<std::string> words;
  for (const ObjectVerdict& verdict : verdicts) {
    words.push_back(to_word(verdict.verdict.presence));
  }
  return words;
}

std::vector<std::string> Outcome::refused() const {
  std::vector<std::string> lines;
  for (const ObjectVerdict& verdict : verdicts) {
    EXPECT_EQ(verdict.accepted, verdict.problems.empty());
    if (!verdict.accepted) {
      lines.push_back(verdict.id.substr(0, kShort) + ": " + words_of(verdict.problems));
    }
  }
  return lines;
}

std::string Outcome::problems_of(const std::string& id) const {
  if (!summary) {
    return base::message_of(summary.error());
  }
  const auto found = std::find_if(verdicts.begin(), verdicts.end(),
                                  [&](const ObjectVerdict& verdict) { return verdict.id == id; });
  if (found == verdicts.end()) {
    return "not seen";
  }
  return found->accepted ? "accepted" : words_of(found->problems);
}

PolicyRepository::PolicyRepository(std::string_view object_format) : Repository(object_format) {}

std::string PolicyRepository::tree(const Files& files) const {
  std::map<std::string, Files> folders;
  std::string listing;
  for (const auto& [path, content] : files) {
    const std::size_t slash = path.find('/');
    if (slash != std::string::npos) {
      folders[path.substr(0, slash)][path.substr(slash + 1)] = content;
    } else if (content.starts_with('\1')) {
      const bool submodule = content.starts_with(
          "\1"
          "160000");
      listing += content.substr(1, 6) + (submodule ? " commit " : " blob ") + content.substr(8) +
                 "\t" + path + "\n";
    } else {
      listing += "100644 blob " + store("blob", content) + "\t" + path + "\n";
    }
  }
  for (const auto& [name, inside] : folders) {
    listing += "040000 tree " + tree(inside) + "\t" + name + "\n";
  }
  return git_ok({"mktree", "--missing"}, listing);
}

std::string PolicyRepository::commit(const CommitSpec& spec) const {
  std::string text = "tree " + tree(spec.files) + "\n";
  for (const std::string& parent : spec.parents) {
    text += "parent " + parent + "\n";
  }
  const std::string time = "> " + std::to_string(spec.seconds) + " +0000\n";
  text += "author A <" + spec.author + time + "committer C <" + spec.committer + time + "\n" +
          spec.message;
  return store("commit",
               spec.key == nullptr ? text : with_signature(text, spec.key->sign(text, spec.how)));
}

Files PolicyRepository::policy_files(std::string_view toml, std::string_view signers) {
  return {{std::string(kPolicyFile), std::string(toml)},
          {std::string(kSignersFile), std::string(signers)}};
}

std::string PolicyRepository::introduce(const Files& files) {
  introduction_ = commit({.key = &alice, .files = files});
  return introduction_;
}

VerifyOptions PolicyRepository::options() const {
  VerifyOptions options;
  options.repository = path();
  options.workers = 2;
  options.ref = "refs/heads/main";
  options.introduction = Introduction{introduction_, alice.public_key().fingerprint()};
  return options;
}

Outcome PolicyRepository::verify_with(const VerifyOptions& options) {
  Outcome outcome;
  outcome.summary = verify_range(options, [&](const ObjectVerdict& verdict) -> base::Status {
    outcome.verdicts.push_back(verdict);
    return {};
  });
  return outcome;
}

Outcome PolicyRepository::verify(const std::vector<std::string>& ranges) const {
  VerifyOptions asked = options();
  asked.ranges = ranges;
  return verify_with(asked);
}

}  // namespace touchstone::git
