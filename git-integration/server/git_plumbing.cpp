// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/git_plumbing.h"

#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>

namespace touchstone::git::server {

using base::Result;

Result<CommandOutput> call_git(const std::string& repository, const GitCall& call) {
  // A file instead of a pipe: nobody has to write while the child reads.
  const base::FileDescriptor input(memfd_create("input", MFD_CLOEXEC));
  if (!input.valid()) {
    return base::fail(base::from_errno(errno, "making a memory file"));
  }
  TRY_VOID(base::write_all(input.get(), base::as_bytes(call.input)));
  if (lseek(input.get(), 0, SEEK_SET) != 0) {
    return base::fail(base::from_errno(errno, "giving git its input"));
  }
  std::vector<std::string> environment = call.environment;
  for (std::string& variable : git_environment()) {
    environment.push_back(std::move(variable));
  }
  TRY(pipe, make_pipe());
  TRY(errors, ErrorSink::make());
  std::vector<std::string> arguments;
  if (call.durable) {
    arguments = {"-c", "core.fsync=all"};
  }
  arguments.insert(arguments.end(), call.arguments.begin(), call.arguments.end());
  TRY(child, Child::start(git_arguments(repository, arguments), environment, input.get(),
                          pipe.write_end.get(), errors.descriptor()));
  pipe.write_end.reset();
  TRY(out, base::read_descriptor(pipe.read_end.get(), call.output_max).with_context("git"));
  TRY(status, child.wait());
  return CommandOutput{status, std::string(base::as_text(out)), errors.first_line()};
}

Result<std::string> git_output(const std::string& repository, const GitCall& call) {
  TRY(output, call_git(repository, call));
  if (output.status != 0) {
    return base::fail(failure_of("git " + call.arguments.front(), output));
  }
  return std::move(output.out);
}

Result<std::string> git_line(const std::string& repository, const GitCall& call) {
  TRY(out, git_output(repository, call));
  return out.substr(0, out.find('\n'));
}

}  // namespace touchstone::git::server
