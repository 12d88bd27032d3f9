// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/cli/generated_files.h"

#include "agent/cli/completion.h"
#include "agent/cli/manual.h"
#include "base/file.h"

namespace touchstone::agent::cli {
namespace {

constexpr std::size_t kFileMax = 1024 * 1024;

std::string manual(const std::string& before) {
  const std::size_t begin = before.find(kManualBegin);
  const std::size_t end = before.find(kManualEnd);
  if (begin == std::string::npos || end == std::string::npos) {
    return "no place in docs/man/touchstone.1.scd for the part made from the command table\n";
  }
  return before.substr(0, begin + kManualBegin.size()) + "\n" + manual_commands() +
         before.substr(end);
}

}  // namespace

std::string file_text(const std::filesystem::path& path) {
  const auto bytes = base::read_file(path, kFileMax);
  return bytes.has_value() ? std::string(base::as_text(*bytes)) : std::string();
}

std::vector<GeneratedFile> generated_files(const std::filesystem::path& folder) {
  const std::string page = "docs/man/touchstone.1.scd";
  return {
      {"agent/cli/completion/touchstone.bash", bash_completion()},
      {"agent/cli/completion/_touchstone", zsh_completion()},
      {"agent/cli/completion/touchstone.fish", fish_completion()},
      {page, manual(file_text(folder / page))},
  };
}

}  // namespace touchstone::agent::cli
