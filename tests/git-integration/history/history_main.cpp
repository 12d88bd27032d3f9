// SPDX-License-Identifier: Apache-2.0
// touchstone-test-history FOLDER [--commits N] [--keys ed25519|ecdsa|both] [--sha256] [--shapes]:
// makes a signed history, to look at the verifier by hand or with a profiler. Prints one fact a
// line: what the verifier has to be told, and what it has to find.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/git-integration/history/history.h"

namespace touchstone::git {
namespace {

int usage() {
  std::fputs(
      "usage: touchstone-test-history FOLDER [--commits N] [--keys ed25519|ecdsa|both] "
      "[--sha256] [--shapes]\n",
      stderr);
  return 2;
}

bool read_plan(const std::vector<std::string>& arguments, HistoryPlan& plan) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const std::string value = i + 1 < arguments.size() ? arguments[i + 1] : std::string();
    if (word == "--sha256") {
      plan.algorithm = HashAlgorithm::kSha256;
    } else if (word == "--shapes") {
      plan.shapes = true;
    } else if (word == "--commits") {
      const auto end = std::from_chars(value.data(), value.data() + value.size(), plan.commits);
      if (end.ec != std::errc() || end.ptr != value.data() + value.size()) {
        return false;
      }
      ++i;
    } else if (word == "--keys" && (value == "ed25519" || value == "ecdsa" || value == "both")) {
      plan.keys = value == "both"      ? HistoryPlan::Keys::kBoth
                  : value == "ed25519" ? HistoryPlan::Keys::kEd25519
                                       : HistoryPlan::Keys::kEcdsa;
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace touchstone::git

int main(int argc, char** argv) {
  using namespace touchstone;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  git::HistoryPlan plan;
  if (arguments.empty() || !git::read_plan({arguments.begin() + 1, arguments.end()}, plan)) {
    return git::usage();
  }
  std::filesystem::create_directories(arguments.front());
  const auto made = git::make_history(arguments.front(), plan);
  if (!made) {
    std::fputs(base::format_error(made.error()).c_str(), stderr);
    return EXIT_FAILURE;
  }
  std::printf(
      "introduction %s %s\ntip %s\ncommits %zu\nmerges %zu\noctopuses %zu\nmerged-tags %zu\n",
      made->introduction.c_str(), made->fingerprint.c_str(), made->tip.c_str(), made->commits,
      made->merges, made->octopuses, made->merged_tags);
  for (const std::string& tag : made->tags) {
    std::printf("tag %s\n", tag.c_str());
  }
  for (const git::PlantedCommit& commit : made->planted) {
    std::printf("planted %s %s\n", commit.presence.c_str(), commit.id.c_str());
  }
  return EXIT_SUCCESS;
}
