// SPDX-License-Identifier: Apache-2.0
// touchstone-cli-tables FOLDER writes what is made from the command table into the source tree:
// agent/cli/completion/ and the middle of docs/man/touchstone.1.scd. Run it after a change of the
// table; cli_generated_test says when it is needed.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>

#include "base/file.h"
#include "tests/agent/cli/generated_files.h"

int main(int argc, char** argv) {
  using namespace touchstone;
  const auto words = std::span(argv, static_cast<std::size_t>(argc));
  if (words.size() != 2) {
    std::cerr << "usage: touchstone-cli-tables FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = words[1];
  for (const auto& file : agent::cli::generated_files(folder)) {
    constexpr mode_t kMode = 0644;
    const auto written =
        base::write_file_atomically(folder / file.path, base::as_bytes(file.text), kMode);
    if (!written.has_value()) {
      std::cerr << base::format_error(written.error());
      return 1;
    }
    std::cout << file.path << "\n";
  }
  return 0;
}
