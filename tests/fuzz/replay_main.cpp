// SPDX-License-Identifier: Apache-2.0
// Replays a fuzz target's seeds as an ordinary test: NAME_fuzz FOLDER|FILE…
// A folder's files are also cut short at every length and changed in one byte, the same way each
// time. A file named directly (a crash to look into) is replayed as it is.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "tests/fuzz/fuzz.h"

namespace {

using touchstone::base::Bytes;
using touchstone::base::ByteView;

constexpr std::size_t kSeedBytesMax = 1024 * 1024;
constexpr std::size_t kPrefixBytesMax = 4096;
constexpr std::size_t kMutatedPositionsMax = 1024;
// Values that break things: zero, one, sign bits, all ones, quotes, line ends, escape.
constexpr std::array<std::uint8_t, 10> kValues = {0x00, 0x01, 0x7f, 0x80, 0xff,
                                                  '"',  '\n', '\r', 0x1b, ' '};

// Counts inputs and leaves the one being run in a file when the target aborts.
class Replay {
 public:
  void run(ByteView bytes) {
    ++count_;
    // A copy of exactly this size, so that AddressSanitizer sees a read past its end.
    const Bytes exact(bytes.begin(), bytes.end());
    fuzz(exact);
  }

  void run_with_neighbours(const Bytes& seed) {
    run(seed);
    const std::size_t prefixes = std::min(seed.size(), kPrefixBytesMax);
    for (std::size_t length = 0; length < prefixes; ++length) {
      run(ByteView(seed).first(length));
    }
    // Long seeds are sampled: every byte of the first ones, then evenly spread.
    const std::size_t step = std::max<std::size_t>(1, seed.size() / kMutatedPositionsMax);
    Bytes mutated = seed;
    for (std::size_t position = 0; position < seed.size(); position += step) {
      for (const std::uint8_t value : kValues) {
        mutated[position] = value;
        run(mutated);
      }
      for (unsigned bit = 0; bit < 8; ++bit) {
        mutated[position] = static_cast<std::uint8_t>(seed[position] ^ (1U << bit));
        run(mutated);
      }
      mutated[position] = seed[position];
    }
    Bytes longer = seed;
    longer.push_back(0);
    run(longer);
  }

  std::size_t count() const { return count_; }

 private:
  std::size_t count_ = 0;
};

bool replay_file(Replay& replay, const std::filesystem::path& path, bool with_neighbours) {
  const auto seed = touchstone::base::read_file(path, kSeedBytesMax);
  if (!seed) {
    std::fputs(touchstone::base::format_error(seed.error()).c_str(), stderr);
    return false;
  }
  // Named before it runs, so that a crash says which seed it came from.
  std::printf("%s\n", path.c_str());
  std::fflush(stdout);
  if (with_neighbours) {
    replay.run_with_neighbours(*seed);
  } else {
    replay.run(*seed);
  }
  return true;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto ready = touchstone::base::init_secure_heap(); !ready) {
    std::fputs(touchstone::base::format_error(ready.error()).c_str(), stderr);
    return 1;
  }
  Replay replay;
  replay.run({});
  for (const std::string& argument : arguments) {
    const bool is_folder = std::filesystem::is_directory(argument);
    const auto files =
        is_folder ? files_in(argument) : std::vector<std::filesystem::path>{argument};
    if (files.empty()) {
      std::fprintf(stderr, "error: no seeds in %s\n", argument.c_str());
      return 1;
    }
    for (const auto& file : files) {
      if (!replay_file(replay, file, is_folder)) {
        return 1;
      }
    }
  }
  std::printf("%zu inputs\n", replay.count());
  return arguments.empty() ? 1 : 0;
}
