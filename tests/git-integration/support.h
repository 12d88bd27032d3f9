// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/sshsig.h"

struct evp_pkey_st;

namespace touchstone::git {

constexpr std::uint8_t kUp = base::kFlagUserPresence;
constexpr std::uint8_t kUv = base::kFlagUserVerification;
constexpr std::uint64_t kIn2023 = 1700000000;
constexpr std::uint64_t kIn2026 = 1790000000;

// SoftKey is a key in this process that writes any wire format, the flags of an authenticator
// included: what malware can do with a file, and what a token answers when it is asked for a
// signature without touch.
class SoftKey final {
 public:
  static SoftKey ed25519();
  static SoftKey p256();
  static SoftKey sk_ed25519(std::string_view application = "ssh:");
  static SoftKey sk_p256(std::string_view application = "ssh:");
  // sk_identity is the Ed25519 point of order 1 as a token's key: it has no secret, and whatever
  // anybody writes next to it satisfies RFC 8032's equation.
  static SoftKey sk_identity();

  struct How {
    std::uint8_t flags{base::kFlagUserPresence};
    std::optional<std::uint32_t> counter{};  // default: the next one of the key, from 7
    std::string name_space{"git"};
    ssh::SshSigHash hash{ssh::SshSigHash::kSha512};
    std::string reserved{};  // what stands in the reserved field, which no signature covers
    bool webauthn{false};    // sk_p256 only: as a browser would
  };

  // Certificate is what a CA writes of a key (PROTOCOL.certkeys), good for alice@example.com.
  struct Certificate {
    std::uint32_t type{1};                                        // SSH_CERT_TYPE_USER
    std::vector<std::pair<std::string, std::string>> critical{};  // option, value
    std::uint8_t ca_flags{base::kFlagUserPresence};               // of a CA in a token
  };
  // certified_by gives this key with a certificate of it, which it signs with from then on; of
  // sk_ed25519 only.
  SoftKey certified_by(const SoftKey& ca, const Certificate& what) const;

  const ssh::PublicKey& public_key() const { return key_; }
  // line is an allowed signers line.
  std::string line(std::string_view principal) const;
  base::Bytes sign_blob(base::ByteView message, const How& how) const;
  std::string sign(std::string_view message, const How& how) const;
  std::string sign(std::string_view message) const { return sign(message, How{}); }

 private:
  SoftKey(std::shared_ptr<evp_pkey_st> pair, ssh::PublicKey key)
      : pair_(std::move(pair)), key_(std::move(key)) {}
  static SoftKey make(bool edwards, bool sk, std::string_view application);
  base::Bytes raw_signature(base::ByteView data) const;
  base::Bytes ssh_signature(base::ByteView data, const How& how) const;
  base::Bytes webauthn_signature(base::ByteView data, std::uint8_t flags,
                                 std::uint32_t counter) const;

  std::shared_ptr<evp_pkey_st> pair_;
  ssh::PublicKey key_;
  // Shared by copies, as they are one key.
  std::shared_ptr<std::atomic<std::uint32_t>> next_counter_ =
      std::make_shared<std::atomic<std::uint32_t>>(7);
};

// twin_of gives the mirror image (r, n - s) of an armored P-256 signature (r, s), which anybody can
// make of it and which verifies as well.
std::string twin_of(const std::string& armored);

// Scratch is a folder of one test's own, gone when the test is.
class Scratch final {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  std::string write(std::string_view name, std::string_view text) const;
  std::string read(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

struct Ran {
  int status{-1};
  std::string out;
  std::string error;
};

// run starts a program with the isolated environment and `input` on its standard input.
// `variables` ("NAME=VALUE") come on top.
Ran run(const std::vector<std::string>& arguments, std::string_view input = {},
        const std::vector<std::string>& variables = {});

// isolate gives this process, and so every program it starts, a home folder of its own without
// anybody's git configuration. Called by Repository.
void isolate(const Scratch& scratch);

// Repository is a throw-away repository, made by the real git.
class Repository {
 public:
  explicit Repository(std::string_view object_format = "sha1");

  std::string path() const { return (scratch_ / "repo").string(); }
  const Scratch& scratch() const { return scratch_; }
  // git runs a git command in it; git_ok gives its output without the last line end and fails the
  // test when it fails.
  Ran git(std::vector<std::string> arguments, std::string_view input = {}) const;
  std::string git_ok(std::vector<std::string> arguments, std::string_view input = {}) const;

  // commit_text gives a commit object, to be signed or not, with these parents.
  std::string commit_text(const std::vector<std::string>& parents, std::string_view message,
                          std::string_view extra_headers = {}) const;
  // with_signature puts a signature in the header git would put it in.
  std::string with_signature(const std::string& commit, const std::string& armored) const;
  // store writes an object as it is, and gives its name.
  std::string store(std::string_view type, std::string_view text) const;
  std::string signed_commit(const SoftKey& key, const std::vector<std::string>& parents,
                            std::string_view message, const SoftKey::How& how = {}) const;
  void set_head(const std::string& id) const;
  // allow writes an allowed signers file and tells git about it.
  void allow(std::string_view lines) const;

 private:
  Scratch scratch_;
  bool sha256_;
};

}  // namespace touchstone::git
