// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace touchstone::git {

enum class GitSignCommand : std::uint8_t {
  kSign,
  kVerify,
  kFindPrincipals,
  kMatchPrincipals,
  kCheckNovalidate,
  kFingerprint,
  kHelp,
  kVersion,
};

// GitSignOptions is a command line of touchstone-git-sign, which takes what git, jj and their like
// give to `ssh-keygen -Y` (ssh-keygen(1)) and nothing more.
struct GitSignOptions {
  GitSignCommand command{GitSignCommand::kHelp};
  std::string name_space;             // -n
  std::string file;                   // -f: the key, or the allowed signers
  std::string principal;              // -I
  std::string signature_file;         // -s
  std::string revoked_file;           // -r; empty: none
  std::string hash{"sha512"};         // -O hashalg=
  std::uint64_t verify_time{0};       // -O verify-time=; now when it is not given
  bool quiet{false};                  // -q
  bool print_public_key{false};       // -O print-pubkey
  std::vector<std::string> messages;  // sign: files; "-" or none: standard input
};

// parse_git_sign_options takes the arguments after the program's name. Options may stand after
// files, unlike for ssh-keygen: git puts an empty argument before -r when it verifies a push
// certificate, and ssh-keygen stops reading there. now is Unix seconds. Fails with kUsage.
base::Result<GitSignOptions> parse_git_sign_options(const std::vector<std::string>& arguments,
                                                    std::uint64_t now);

}  // namespace touchstone::git
