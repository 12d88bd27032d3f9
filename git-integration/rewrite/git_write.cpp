// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/git_write.h"

#include <cerrno>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "git-integration/limits.h"
#include "git-integration/verify_setup.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// input_file gives a file in memory that holds the bytes, to be read from its start.
Result<base::FileDescriptor> input_file(base::ByteView bytes) {
  base::FileDescriptor file(memfd_create("input", MFD_CLOEXEC));
  if (!file.valid()) {
    return fail(base::from_errno(errno, "making a memory file"));
  }
  TRY_VOID(base::write_all(file.get(), bytes));
  if (lseek(file.get(), 0, SEEK_SET) != 0) {
    return fail(base::from_errno(errno, "reading a memory file"));
  }
  return file;
}

}  // namespace

Result<CommandOutput> run_git_with(const std::string& repository,
                                   const std::vector<std::string>& arguments, base::ByteView input,
                                   std::size_t out_max) {
  TRY(in, input_file(input));
  TRY(pipe, make_pipe());
  TRY(errors, ErrorSink::make());
  TRY(child, Child::start(git_arguments(repository, arguments), git_environment(), in.get(),
                          pipe.write_end.get(), errors.descriptor()));
  pipe.write_end.reset();
  TRY(out, base::read_descriptor(pipe.read_end.get(), out_max).with_context("git"));
  TRY(status, child.wait());
  return CommandOutput{status, std::string(base::as_text(out)), errors.first_line()};
}

Result<std::string> write_object(const std::string& repository, HashAlgorithm algorithm,
                                 std::string_view type, base::ByteView bytes) {
  TRY(output, run_git_with(repository, {"hash-object", "-w", "-t", std::string(type), "--stdin"},
                           bytes, kCommandOutputMax));
  if (output.status != 0) {
    return fail(Code::kExternalProgram, "git hash-object: " + output.error, output.status);
  }
  const std::string id = output.out.substr(0, output.out.find('\n'));
  if (id != object_id(algorithm, type, bytes)) {
    return fail(Code::kHashMismatch, "git hash-object: " + id);
  }
  return id;
}

Result<HashAlgorithm> object_format_of(const std::string& repository) {
  TRY(format, git_value(repository, {"rev-parse", "--show-object-format"}));
  return format == "sha256" ? HashAlgorithm::kSha256 : HashAlgorithm::kSha1;
}

Status move_refs(const std::string& repository, const std::vector<RefMove>& moves,
                 const std::string& message) {
  std::string input;
  for (const RefMove& move : moves) {
    input += "update " + move.ref + " " + move.new_id +
             (move.old_id.empty() ? std::string() : " " + move.old_id) + "\n";
  }
  TRY(output, run_git_with(repository, {"update-ref", "-m", message, "--stdin"},
                           base::as_bytes(input), kCommandOutputMax));
  if (output.status != 0) {
    return fail(Code::kExternalProgram, "git update-ref: " + output.error, output.status);
  }
  return {};
}

std::string no_id(HashAlgorithm algorithm) { return std::string(hex_size(algorithm), '0'); }

}  // namespace touchstone::git
