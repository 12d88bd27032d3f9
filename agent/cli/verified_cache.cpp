// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/verified_cache.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace touchstone::agent::cli {
namespace {

base::Result<git::VerifiedSignatures::Places> cache_places(const Context& context) {
  TRY(state, context.folder("XDG_STATE_HOME", ".local/state"));
  TRY(cache, context.folder("XDG_CACHE_HOME", ".cache"));
  return git::VerifiedSignatures::Places{state / "touchstone" / "verified-signatures.key",
                                         cache / "touchstone" / "verified-signatures"};
}

// in_hook says whether git runs us: it names its folder to all of its hooks, and the quarantine to
// those that decide about a push.
bool in_hook(const Context& context) {
  return context.environment("GIT_DIR") || context.environment("GIT_QUARANTINE_PATH");
}

// lies_in_repository says whether a file has a working tree above it, of whatever repository: what
// is checked out there could bring a key and a cache that go together.
bool lies_in_repository(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::weakly_canonical(file, error).parent_path();
  if (error) {
    return true;
  }
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    if (std::filesystem::exists(std::filesystem::symlink_status(folder / ".git", error))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::unique_ptr<git::VerifiedSignatures> open_verified(const Context& context,
                                                       const Arguments& arguments) {
  if (arguments.has("no-cache") || in_hook(context)) {
    return nullptr;
  }
  const auto places = cache_places(context);
  if (!places || lies_in_repository(places->key) || lies_in_repository(places->cache)) {
    return nullptr;
  }
  auto opened = git::VerifiedSignatures::open(*places);
  if (opened) {
    return std::move(*opened);
  }
  // Without an errno it is our own refusal, which is worth knowing of.
  if (opened.error().code == base::Code::kPermission && opened.error().native == 0) {
    context.console().err(
        "warning: what was verified before is verified again: " + base::message_of(opened.error()) +
        "\nhint: these files and their folders have to be yours alone (mode "
        "0600 and 0700); --no-cache does without them\n");
  }
  return nullptr;
}

void save_verified(git::VerifiedSignatures* verified) {
  if (verified != nullptr) {
    (void)verified->save();
  }
}

}  // namespace touchstone::agent::cli
