// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "git-integration/limits.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// FileOptions is what is asked about a file. Signers and revoked keys are those of a verification
// without a policy.
struct FileOptions {
  std::string file;
  std::string name_space{"file"};  // of a detached signature
  VerifyOptions verify;
  std::size_t size_max{kVerifyFileMax};  // of the file, in bytes
};

// verify_file judges a file by the signature beside it, FILE.sig (an armored SSHSIG), at the time
// now: nothing in it says when it was made. Without one the file has to hold a commit, a tag or a
// push certificate as git stores it, which is judged as in a history. Fails when files or signers
// cannot be read, with kTooLong above a limit and with kNotFound when there is nothing to verify
// the file by.
base::Result<ObjectVerdict> verify_file(const FileOptions& options);

}  // namespace touchstone::git
