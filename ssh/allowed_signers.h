// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ssh/public_key.h"

namespace touchstone::ssh {

// AllowedSigner is one line of an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS).
struct AllowedSigner {
  std::string principals;  // pattern list, comma separated, as written
  bool cert_authority{false};
  std::optional<std::string> namespaces;      // pattern list
  std::optional<std::uint64_t> valid_after;   // Unix seconds
  std::optional<std::uint64_t> valid_before;  // Unix seconds
  PublicKey key;
  std::size_t line_number{0};
};

// AllowedSigners is a whole file, in order. As in ssh-keygen, a line it cannot read is passed
// over, but it is not forgotten: problems() says which and why.
class AllowedSigners {
 public:
  struct Problem {
    std::size_t line_number;
    base::Error error;
  };

  static base::Result<AllowedSigners> parse(std::string_view text);

  // find_principals gives the principals pattern of the lines that match key at that time, first
  // line first, as `ssh-keygen -Y find-principals` does (no namespace). time is Unix seconds.
  std::vector<std::string> find_principals(const PublicKey& key, std::uint64_t time) const;
  // check says whether `principal` may sign with key in name_space at that time. Fails with
  // kUntrustedSigner and says why the nearest line did not do.
  base::Status check(const PublicKey& key, std::string_view principal, std::string_view name_space,
                     std::uint64_t time) const;

  const std::vector<AllowedSigner>& signers() const { return signers_; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<AllowedSigner> signers_;
  std::vector<Problem> problems_;
};

// match_pattern_list is OpenSSH's match_pattern_list: comma separated patterns with * and ?, a
// leading ! negates and wins.
bool match_pattern_list(std::string_view text, std::string_view pattern_list);

// parse_verify_time reads YYYYMMDD[HHMM[SS]][Z] into Unix seconds; local time without Z.
base::Result<std::uint64_t> parse_verify_time(std::string_view text);

}  // namespace touchstone::ssh
