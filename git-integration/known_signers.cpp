// SPDX-License-Identifier: Apache-2.0
#include "git-integration/known_signers.h"

#include <string_view>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/object_reader.h"
#include "git-integration/policy/repository_policy.h"
#include "git-integration/process.h"
#include "ssh/allowed_signers.h"

namespace touchstone::git {

using base::Result;
using base::Status;

Result<KnownSigners> KnownSigners::of_history(const std::string& repository,
                                              const std::string& introduction,
                                              const std::vector<std::string>& tips) {
  KnownSigners known;
  TRY(reader, ObjectReader::start(repository));
  std::unordered_set<std::string> read;
  const auto add = [&](std::string_view commit) -> Status {
    auto file = reader.read(std::string(commit) + ":" + std::string(kSignersFile));
    if (!file) {
      return file.error().code == base::Code::kExternalProgram ? fail(std::move(file.error()))
                                                               : Status();
    }
    if (!*file || (*file)->bytes.size() > kPolicySignersFileMax ||
        !read.insert((*file)->id).second) {
      return {};
    }
    if (const auto signers = ssh::AllowedSigners::parse(base::as_text((*file)->bytes))) {
      for (const ssh::AllowedSigner& line : signers->signers()) {
        if (known.keys_.size() < kKnownSignersMax) {
          known.keys_.insert(line.key.fingerprint());
        }
      }
    }
    return {};
  };
  TRY_VOID(add(introduction));
  // Every version of the file comes with a commit that has it unlike all of its parents.
  std::vector<std::string> arguments = {"rev-list", "--full-history", "--end-of-options"};
  arguments.insert(arguments.end(), tips.begin(), tips.end());
  arguments.insert(arguments.end(), {"^" + introduction, "--", std::string(kSignersFile)});
  TRY_VOID(each_git_line(repository, arguments, add));
  return known;
}

}  // namespace touchstone::git
