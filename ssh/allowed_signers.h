// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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
// over, but it is not forgotten: problems() says which and why. Immutable once parsed, and safe to
// use from several threads.
//
// It decides as ssh-keygen -Y does, but for what makes it stricter: the CA's signature must prove
// user presence when the CA key is an sk key, a certificate with a critical option we do not know
// is refused (PROTOCOL.certkeys, "Critical options"), and RSA keys below kRsaModulusBitsMin are
// none.
class AllowedSigners {
 public:
  struct Problem {
    std::size_t line_number;
    base::Error error;
  };

  static base::Result<AllowedSigners> parse(std::string_view text);

  // find_principals gives what `ssh-keygen -Y find-principals` prints, one entry a line of it: the
  // entries of the first line that key matches at that time (patterns as they stand there), or for
  // a CA line the principals of the certificate that they match. The namespace is not looked at.
  // Empty when there is none. time is Unix seconds.
  std::vector<std::string> find_principals(const PublicKey& key, std::uint64_t time) const;
  // check says whether `principal` may sign with key in name_space at that time. Fails with
  // kUntrustedSigner and says why the nearest line did not do.
  base::Status check(const PublicKey& key, std::string_view principal, std::string_view name_space,
                     std::uint64_t time) const;

  // knows says whether any line speaks of this key, for whatever principal, namespace and time.
  bool knows(const PublicKey& key) const { return !lines_for(key).empty(); }

  const std::vector<AllowedSigner>& signers() const { return signers_; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  static base::Status check_line(const AllowedSigner& signer, const PublicKey& key,
                                 std::string_view principal, std::string_view name_space,
                                 std::uint64_t time);
  // lines_for gives the lines that speak of this key, in the order of the file.
  std::vector<const AllowedSigner*> lines_for(const PublicKey& key) const;

  std::vector<AllowedSigner> signers_;
  std::vector<Problem> problems_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_key_;  // blob → indices
};

// match_pattern says whether the whole text is matched by one pattern of * and ?.
bool match_pattern(std::string_view text, std::string_view pattern);

// match_pattern_list is OpenSSH's match_pattern_list: comma separated patterns with * and ?, a
// leading ! negates and wins.
bool match_pattern_list(std::string_view text, std::string_view pattern_list);

// parse_verify_time reads YYYYMMDD[HHMM[SS]][Z] into Unix seconds; local time without Z (or UTC,
// which means the same). Fails with kMalformed, also for times up to the start of 1970.
base::Result<std::uint64_t> parse_verify_time(std::string_view text);

}  // namespace touchstone::ssh
