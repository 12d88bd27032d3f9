// SPDX-License-Identifier: Apache-2.0
#include "tests/ssh/keygen.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace touchstone::ssh {
namespace {

constexpr std::size_t kOutputMax = 1024 * 1024;

}  // namespace

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "touchstone-ssh-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    std::abort();
  }
  path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Scratch::write(std::string_view name, base::ByteView bytes) const {
  const std::filesystem::path path = path_ / name;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << base::as_text(bytes);
  file.close();
  // ssh-keygen refuses private keys that others may read.
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

std::string Scratch::read(std::string_view name) const {
  std::ifstream file(path_ / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

RunResult run_keygen(const std::vector<std::string>& arguments, std::string_view input) {
  const Scratch scratch;
  const std::string in = scratch.write("in", input).string();
  const std::string out = (scratch / "out").string();
  const std::string err = (scratch / "err").string();
  std::vector<std::string> words{"ssh-keygen"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  std::string path =
      "PATH=" + std::string(std::getenv("PATH") == nullptr ? "/usr/bin:/bin" : std::getenv("PATH"));
  std::string zone = "TZ=UTC";
  std::string require = "SSH_ASKPASS_REQUIRE=never";
  std::array<char*, 4> environment{path.data(), zone.data(), require.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  RunResult result;
  pid_t pid = -1;
  const int failed =
      posix_spawnp(&pid, "ssh-keygen", &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return result;
  }
  int status = 0;
  if (::waitpid(pid, &status, 0) == pid && WIFEXITED(status)) {
    result.status = WEXITSTATUS(status);
  }
  result.out = scratch.read("out").substr(0, kOutputMax);
  result.err = scratch.read("err").substr(0, kOutputMax);
  return result;
}

bool have_keygen() { return run_keygen({"-?"}).status >= 0; }

}  // namespace touchstone::ssh
