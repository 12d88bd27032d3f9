// SPDX-License-Identifier: Apache-2.0
#include "git-integration/object_stream.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "git-integration/batch_header.h"
#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::size_t kReadBufferBytes = 256 * 1024;
constexpr int kPipeBytes = 256 * 1024;

std::vector<std::string> cat_file_arguments() { return {"cat-file", "--batch", "--buffer"}; }

}  // namespace

std::vector<std::string> walk_arguments(const HistoryOptions& options) {
  std::vector<std::string> arguments;
  switch (options.excluded) {
    case Excluded::kNothing:
      break;
    case Excluded::kOnRemotes:
      arguments.insert(arguments.end(), {"--not", "--remotes", "--not"});
      break;
    case Excluded::kOnRefs:
      arguments.insert(arguments.end(), {"--not", "--all", "--not"});
      break;
  }
  arguments.emplace_back("--end-of-options");
  arguments.insert(arguments.end(), options.ranges.begin(), options.ranges.end());
  arguments.emplace_back("--");
  return arguments;
}

Result<ObjectStream> ObjectStream::of_history(const HistoryOptions& options) {
  if (options.ranges.size() > kRangesMax) {
    return fail(Code::kTooLong, "ranges");
  }
  std::vector<std::string> arguments = {"rev-list"};
  if (options.oldest_first) {
    arguments.insert(arguments.end(), {"--topo-order", "--reverse"});
  }
  if (options.commits_max != 0) {
    arguments.push_back("--max-count=" + std::to_string(options.commits_max));
  }
  if (options.with_trees) {
    arguments.insert(arguments.end(), {"--no-commit-header", "--format=%H%n%T"});
  }
  const std::vector<std::string> walk = walk_arguments(options);
  arguments.insert(arguments.end(), walk.begin(), walk.end());
  const base::FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  TRY(ids, make_pipe());
  TRY(objects, make_pipe());
  // Where more is not allowed, what there is will do.
  (void)fcntl(objects.read_end.get(), F_SETPIPE_SZ, kPipeBytes);
  TRY(errors, ErrorSink::make());
  const std::vector<std::string> environment = git_environment();
  std::vector<std::string> unhurried = environment;
  unhurried.emplace_back("GIT_FLUSH=0");  // names in blocks, not each with a write of its own
  TRY(walker, Child::start(git_arguments(options.repository, arguments), unhurried, nothing.get(),
                           ids.write_end.get(), errors.descriptor()));
  TRY(reader, Child::start(git_arguments(options.repository, cat_file_arguments()), environment,
                           ids.read_end.get(), objects.write_end.get(), errors.descriptor()));
  ObjectStream stream(std::move(errors), std::move(objects.read_end));
  stream.children_.push_back(std::move(walker));
  stream.children_.push_back(std::move(reader));
  return stream;
}

Result<ObjectStream> ObjectStream::of_requests(const std::string& repository, int requests) {
  TRY(objects, make_pipe());
  TRY(errors, ErrorSink::make());
  TRY(reader, Child::start(git_arguments(repository, {"cat-file", "--batch"}), git_environment(),
                           requests, objects.write_end.get(), errors.descriptor()));
  ObjectStream stream(std::move(errors), std::move(objects.read_end));
  stream.children_.push_back(std::move(reader));
  return stream;
}

Result<ObjectStream> ObjectStream::of_ids(const std::string& repository,
                                          const std::vector<std::string>& ids) {
  if (ids.size() > kRangesMax) {
    return fail(Code::kTooLong, "objects");
  }
  // A file instead of a pipe: nobody has to write while the child reads.
  const base::FileDescriptor input(memfd_create("ids", MFD_CLOEXEC));
  for (const std::string& id : ids) {
    TRY_VOID(base::write_all(input.get(), base::as_bytes(id + "\n")));
  }
  if (lseek(input.get(), 0, SEEK_SET) != 0) {
    return fail(base::from_errno(errno, "listing objects"));
  }
  TRY(objects, make_pipe());
  TRY(errors, ErrorSink::make());
  TRY(reader, Child::start(git_arguments(repository, cat_file_arguments()), git_environment(),
                           input.get(), objects.write_end.get(), errors.descriptor()));
  ObjectStream stream(std::move(errors), std::move(objects.read_end));
  stream.children_.push_back(std::move(reader));
  return stream;
}

// fill reads more behind what is left in the buffer, which is given up only when it has to grow.
Status ObjectStream::fill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(position_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
  filled_ -= position_;
  position_ = 0;
  if (buffer_.size() < filled_ + kReadBufferBytes) {
    buffer_.resize(filled_ + kReadBufferBytes);
  }
  ssize_t count = 0;
  do {
    count = read(output_.get(), &buffer_[filled_], kReadBufferBytes);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return fail(base::from_errno(errno, "reading from git"));
  }
  filled_ += static_cast<std::size_t>(count);
  at_end_ = count == 0;
  return {};
}

// header takes one line; nothing at the end of the output.
Result<std::optional<std::string>> ObjectStream::header() {
  while (true) {
    const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(position_);
    const auto filled = buffer_.begin() + static_cast<std::ptrdiff_t>(filled_);
    const auto end = std::find(begin, filled, static_cast<std::uint8_t>('\n'));
    if (end != filled) {
      std::string line(begin, end);
      position_ += line.size() + 1;
      return line;
    }
    if (filled_ - position_ > kBatchHeaderMax) {
      return fail(Code::kProtocol, "git cat-file");
    }
    if (at_end_) {
      if (position_ != filled_) {
        return fail(Code::kTruncated, "git cat-file");
      }
      return std::nullopt;
    }
    TRY_VOID(fill());
  }
}

// take moves count bytes to `to`, or over them when it is null.
Status ObjectStream::take(std::size_t count, base::Bytes* to) {
  while (count > 0) {
    const std::size_t available = std::min(count, filled_ - position_);
    if (to != nullptr) {
      const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(position_);
      to->insert(to->end(), begin, begin + static_cast<std::ptrdiff_t>(available));
    }
    position_ += available;
    count -= available;
    if (count > 0) {
      if (at_end_) {
        return fail(Code::kTruncated, "git cat-file");
      }
      TRY_VOID(fill());
    }
  }
  return {};
}

// finish turns a program that failed into an error: a walk that stopped half-way must not pass
// for the whole history.
Status ObjectStream::finish() {
  int failed = 0;
  for (Child& child : children_) {
    TRY(status, child.wait());
    if (failed == 0) {
      failed = status;
    }
  }
  children_.clear();
  if (failed != 0) {
    return fail(Code::kExternalProgram, "git: " + errors_.first_line(), failed);
  }
  return {};
}

Result<std::optional<StoredObject>> ObjectStream::next() {
  if (children_.empty()) {
    return std::nullopt;
  }
  TRY(line, header());
  if (!line) {
    TRY_VOID(finish());
    return std::nullopt;
  }
  TRY(parsed, parse_batch_header(*line));
  StoredObject object{std::move(parsed.id), std::move(parsed.type), {}, parsed.size > kObjectMax};
  if (!object.too_large) {
    object.bytes.reserve(parsed.size);
  }
  TRY_VOID(take(parsed.size, object.too_large ? nullptr : &object.bytes));
  TRY_VOID(take(1, nullptr));  // the line end after every object
  return object;
}

}  // namespace touchstone::git
