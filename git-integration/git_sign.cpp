// SPDX-License-Identifier: Apache-2.0
#include "git-integration/git_sign.h"

#include <filesystem>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/file.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Status;

// ssh-keygen ends with -1 when a signature is not good.
constexpr int kNotGood = 255;

constexpr std::string_view kHelp =
    "touchstone-git-sign signs what git, jj and the like hand over, through the Touchstone agent\n"
    "and after a touch on a token, and verifies that there was one. It takes the arguments of\n"
    "ssh-keygen -Y; set it as git's gpg.ssh.program. See touchstone-git-sign(1).\n"
    "\n"
    "  -Y sign -n NAMESPACE -f KEY [FILE...]\n"
    "  -Y verify -n NAMESPACE -f ALLOWED_SIGNERS -I PRINCIPAL -s SIGNATURE [-r REVOKED]\n"
    "  -Y check-novalidate -n NAMESPACE -s SIGNATURE\n"
    "  -Y find-principals -f ALLOWED_SIGNERS -s SIGNATURE\n"
    "  -Y match-principals -f ALLOWED_SIGNERS -I PRINCIPAL\n"
    "  -l -f KEY\n"
    "\n"
    "  -O verify-time=TIME, -O hashalg=sha512|sha256, -O print-pubkey, -E sha256, -q, -U, -v\n"
    "  --help, --version\n";

constexpr std::string_view kErrorPrefix = "error: ";
// The file in which git hands over what is to be signed (gpg-interface.c, sign_buffer_ssh).
constexpr std::string_view kGitBufferName = ".git_signing_buffer_tmp";

bool git_signs(const GitSignOptions& options) {
  return options.command == GitSignCommand::kSign && options.messages.size() == 1 &&
         std::filesystem::path(options.messages.front())
             .filename()
             .string()
             .starts_with(kGitBufferName);
}

// git_reads_errors is true when git has started us to sign: it prints "error: " itself, and after
// it all that we said. Everybody else passes on what we say as it is: jj, which gives no file, and
// git when it verifies.
bool git_reads_errors(const GitSignOptions& options, const GitSignContext& context) {
  return git_signs(options) && isatty(context.error) == 0;
}

// would_be_tagged_unsigned: git 2.39 makes a tag without a signature, and moves the tag that was
// there, when the program that should have signed it fails (builtin/tag.c takes only what is below
// zero for a failure, and the status of a program is above). It stops where the program succeeds
// and there is no signature to read.
bool would_be_tagged_unsigned(const GitSignOptions& options) {
  constexpr std::string_view kTag = "object ";
  if (!git_signs(options)) {
    return false;
  }
  const auto message = base::read_file(options.messages.front(), ssh::kSignObjectMax);
  return message && base::as_text(*message).starts_with(kTag);
}

int tell(std::string_view text, const GitSignContext& context, int status) {
  // When standard error is gone too there is nobody left to tell.
  static_cast<void>(base::write_all(context.error, base::as_bytes(text)).has_value());
  return status;
}

Status dispatch(const GitSignOptions& options, const GitSignContext& context) {
  switch (options.command) {
    case GitSignCommand::kSign:
      return git_sign_objects(options, context);
    case GitSignCommand::kVerify:
      return git_sign_verify(options, context);
    case GitSignCommand::kCheckNovalidate:
      return git_sign_check(options, context);
    case GitSignCommand::kFindPrincipals:
      return git_sign_find_principals(options, context);
    case GitSignCommand::kMatchPrincipals:
      return git_sign_match_principals(options, context);
    case GitSignCommand::kFingerprint:
      return git_sign_fingerprint(options, context);
    case GitSignCommand::kHelp:
      return base::write_all(context.output, base::as_bytes(kHelp));
    case GitSignCommand::kVersion:
      return base::write_all(context.output,
                             base::as_bytes("touchstone-git-sign " TOUCHSTONE_VERSION "\n"));
  }
  return {};
}

}  // namespace

int run_git_sign(const std::vector<std::string>& arguments, const GitSignContext& context) {
  const auto options = parse_git_sign_options(arguments, context.now);
  if (!options) {
    return tell(base::format_error(options.error()), context,
                static_cast<int>(base::Exit::kFailed));
  }
  const Status done = dispatch(*options, context);
  if (done) {
    return 0;
  }
  const std::string text = base::format_error(done.error());
  if (would_be_tagged_unsigned(*options)) {
    // git drops what a program that succeeds says on standard error; its standard output is git's.
    static_cast<void>(base::write_all(context.output, base::as_bytes(text)).has_value());
    return 0;
  }
  std::string_view said(text);
  if (git_reads_errors(*options, context)) {
    said.remove_prefix(kErrorPrefix.size());
  }
  const bool signing = options->command == GitSignCommand::kSign;
  return tell(said, context, signing ? static_cast<int>(base::Exit::kFailed) : kNotGood);
}

}  // namespace touchstone::git
