// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/verified_cache.h"

#include <utility>

namespace touchstone::agent::cli {
namespace {

base::Result<git::VerifiedSignatures::Places> cache_places(const Context& context) {
  TRY(state, context.folder("XDG_STATE_HOME", ".local/state"));
  TRY(cache, context.folder("XDG_CACHE_HOME", ".cache"));
  return git::VerifiedSignatures::Places{state / "touchstone" / "verified-signatures.key",
                                         cache / "touchstone" / "verified-signatures"};
}

}  // namespace

std::unique_ptr<git::VerifiedSignatures> open_verified(const Context& context,
                                                       const Arguments& arguments) {
  if (arguments.has("no-cache") || context.environment("GIT_QUARANTINE_PATH")) {
    return nullptr;
  }
  const auto places = cache_places(context);
  if (!places) {
    return nullptr;
  }
  auto opened = git::VerifiedSignatures::open(*places);
  if (opened) {
    return std::move(*opened);
  }
  // Without an errno it is our own refusal, which is worth knowing of.
  if (opened.error().code == base::Code::kPermission && opened.error().native == 0) {
    context.console().err("warning: what was verified before is verified again: " +
                          base::message_of(opened.error()) + "\n");
  }
  return nullptr;
}

void save_verified(git::VerifiedSignatures* verified) {
  if (verified != nullptr) {
    (void)verified->save();
  }
}

}  // namespace touchstone::agent::cli
