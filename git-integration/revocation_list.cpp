// SPDX-License-Identifier: Apache-2.0
#include "git-integration/revocation_list.h"

#include <fcntl.h>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

// PROTOCOL.krl: KRL_MAGIC, less its final zero. What lacks only that is no list of keys either.
constexpr std::string_view kMagic = "SSHKRL\n";
constexpr const char* kKeyFile = "/dev/fd/0";
constexpr const char* kListFile = "/dev/fd/3";
static_assert(Child::kExtraDescriptor == 3);

// ssh-keygen.c, do_check_krl: "FILE (COMMENT): ok" or "… REVOKED"; the status is 1 when a key is
// revoked, and 255 when something could not be read.
constexpr std::string_view kNotRevoked = ": ok\n";
constexpr std::string_view kRevoked = ": REVOKED\n";
constexpr int kRevokedStatus = 1;

base::Error unclear(const CommandOutput& output) {
  return base::Error{
      Code::kExternalProgram, output.status,
      "ssh-keygen -Q -f LIST: " + (output.error.empty()
                                       ? "no clear answer, status " + std::to_string(output.status)
                                       : output.error)};
}

}  // namespace

bool RevocationList::is_one(base::ByteView file) { return base::as_text(file).starts_with(kMagic); }

Result<RevocationList> RevocationList::open(base::ByteView file, std::size_t answers_max) {
  TRY(memory, memory_file("revoked", file));
  RevocationList list(std::move(memory), answers_max);
  const base::FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  TRY(output, list.query({}, nothing.get()));
  if (output.status != 0) {
    return fail(unclear(output));
  }
  return list;
}

Result<bool> RevocationList::contains(const ssh::PublicKey& key) {
  base::Bytes blob = base::to_bytes(key.blob());
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto known = answers_.find(blob); known != answers_.end()) {
    return known->second;
  }
  TRY(revoked, ask(key));
  if (answers_.size() < answers_max_) {
    answers_.emplace(std::move(blob), revoked);
  }
  return revoked;
}

Result<CommandOutput> RevocationList::query(const std::vector<std::string>& keys, int input) const {
  std::vector<std::string> arguments = {"ssh-keygen", "-Q", "-f", kListFile};
  arguments.insert(arguments.end(), keys.begin(), keys.end());
  TRY(pipe, make_pipe());
  TRY(errors, ErrorSink::make());
  auto child = Child::start(arguments, git_environment(), input, pipe.write_end.get(),
                            errors.descriptor(), list_.get());
  if (!child) {
    return fail(Code::kExternalProgram, "a key revocation list needs it: " + child.error().context);
  }
  pipe.write_end.reset();
  TRY(out,
      base::read_descriptor(pipe.read_end.get(), kCommandOutputMax).with_context("ssh-keygen"));
  TRY(status, child->wait());
  return CommandOutput{status, std::string(base::as_text(out)), errors.first_line()};
}

Result<bool> RevocationList::ask(const ssh::PublicKey& key) const {
  const std::string line = key.line() + "\n";
  TRY(file, memory_file("key", base::as_bytes(line)));
  TRY(output, query({kKeyFile}, file.get()));
  const bool is_one_line =
      output.out.starts_with(kKeyFile) && output.out.find('\n') + 1 == output.out.size();
  if (is_one_line && output.status == 0 && output.out.ends_with(kNotRevoked)) {
    return false;
  }
  if (is_one_line && output.status == kRevokedStatus && output.out.ends_with(kRevoked)) {
    return true;
  }
  return fail(unclear(output));
}

}  // namespace touchstone::git
