// SPDX-License-Identifier: Apache-2.0
#include "git-integration/history_count.h"

#include <array>
#include <charconv>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/bytes.h"

namespace touchstone::git {

base::Result<HistoryCount> HistoryCount::start(const HistoryOptions& options) {
  std::vector<std::string> arguments = {"rev-list", "--count"};
  const std::vector<std::string> walk = walk_arguments(options);
  arguments.insert(arguments.end(), walk.begin(), walk.end());
  const base::FileDescriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  TRY(answer, make_pipe());
  TRY(child, Child::start(git_arguments(options.repository, arguments), git_environment(),
                          nothing.get(), answer.write_end.get(), nothing.get()));
  return HistoryCount(std::move(child), std::move(answer.read_end));
}

std::optional<std::uint64_t> HistoryCount::poll() {
  pollfd wanted{answer_.get(), POLLIN, 0};
  while (answer_.valid() && ::poll(&wanted, 1, 0) == 1) {
    std::array<char, 64> buffer{};
    const ssize_t count = read(answer_.get(), buffer.data(), buffer.size());
    if (count <= 0 || digits_.size() > buffer.size()) {
      answer_.reset();  // ended without a number
      return std::nullopt;
    }
    digits_.append(buffer.data(), static_cast<std::size_t>(count));
    std::uint64_t total = 0;
    const char* const end = digits_.data() + digits_.size();
    const auto [stop, error] = std::from_chars(digits_.data(), end, total);
    if (error == std::errc{} && stop != end && *stop == '\n') {
      return total;
    }
  }
  return std::nullopt;
}

}  // namespace touchstone::git
