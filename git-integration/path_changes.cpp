// SPDX-License-Identifier: Apache-2.0
#include "git-integration/path_changes.h"

#include <array>
#include <cerrno>
#include <random>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

// make_end gives a line that is no object's name, which diff-tree gives back and flushes: where an
// answer ends. Nobody can name a file like it.
std::string make_end() {
  std::random_device device;
  return "end-" + std::to_string(device()) + "-" + std::to_string(device()) + "\n";
}

}  // namespace

Result<PathChanges> PathChanges::start(const std::string& repository, const Limits& limits) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(base::from_errno(errno, "making a socket"));
  }
  base::FileDescriptor ours(ends[0]);
  const base::FileDescriptor gits(ends[1]);
  TRY(answers, make_pipe());
  TRY(errors, ErrorSink::make());
  TRY(child,
      Child::start(git_arguments(repository, {"-c", "diff.renames=false", "diff-tree", "--stdin",
                                              "-r", "-z", "--name-only", "--no-commit-id",
                                              "--no-renames", "--ignore-submodules=none"}),
                   git_environment(), gits.get(), answers.write_end.get(), errors.descriptor()));
  return PathChanges(std::move(child), std::move(errors), std::move(ours),
                     std::move(answers.read_end), make_end(), limits);
}

// read_answer reads up to the line that was sent after the question.
Result<std::string> PathChanges::read_answer() {
  std::string answer;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = read(answers_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return fail(Code::kExternalProgram, "git diff-tree: " + errors_.first_line());
    }
    answer.append(buffer.data(), static_cast<std::size_t>(count));
    const bool is_whole = answer.ends_with(end_);
    if (is_whole) {
      answer.resize(answer.size() - end_.size());
    }
    if (answer.size() > limits_.bytes + (is_whole ? 0 : end_.size())) {
      return fail(Code::kTooLong,
                  "changed paths: limit " + std::to_string(limits_.bytes) + " bytes");
    }
    if (is_whole) {
      return answer;
    }
  }
}

Result<std::vector<std::string>> PathChanges::between(const std::string& parent,
                                                      const std::string& commit) {
  const std::string question = commit + " " + parent + "\n" + end_;
  if (question.find('\n') != commit.size() + parent.size() + 1 ||
      send(requests_.get(), question.data(), question.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(question.size())) {
    return fail(Code::kExternalProgram, "git diff-tree: " + errors_.first_line());
  }
  TRY(answer, read_answer());
  std::vector<std::string> paths;
  std::string_view rest = answer;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos || end == 0) {
      return fail(Code::kProtocol, "git diff-tree");
    }
    if (paths.size() == limits_.paths) {
      return fail(Code::kTooLong, "changed paths: limit " + std::to_string(limits_.paths));
    }
    paths.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return paths;
}

}  // namespace touchstone::git
