// SPDX-License-Identifier: Apache-2.0
#include "git-integration/object_reader.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

// send_line is write_all for a socket whose other end may have died: no signal then, but an error.
base::Status send_line(int socket, const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t count = send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return fail(base::from_errno(errno, "asking git for an object"));
    }
  }
  return {};
}

}  // namespace

HashAlgorithm algorithm_of(std::string_view id) {
  return id.size() == hex_size(HashAlgorithm::kSha256) ? HashAlgorithm::kSha256
                                                       : HashAlgorithm::kSha1;
}

Result<ObjectReader> ObjectReader::start(const std::string& repository) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(base::from_errno(errno, "making a socket"));
  }
  base::FileDescriptor ours(ends[0]);
  const base::FileDescriptor gits(ends[1]);
  TRY(stream, ObjectStream::of_requests(repository, gits.get()));
  return ObjectReader(std::move(stream), std::move(ours));
}

Result<std::optional<StoredObject>> ObjectReader::read(const std::string& name) {
  if (name.empty() || name.find('\n') != std::string::npos) {
    return fail(Code::kMalformed, "an object's name");
  }
  TRY_VOID(send_line(requests_.get(), name + "\n"));
  auto object = stream_.next();
  if (!object) {
    if (object.error().code == Code::kNotFound) {
      return std::nullopt;
    }
    return fail(std::move(object.error()));
  }
  if (!*object) {
    return fail(Code::kExternalProgram, "git cat-file ended early");
  }
  StoredObject& found = **object;
  if (found.too_large) {
    return fail(Code::kTooLong, found.id);
  }
  if (object_id(algorithm_of(found.id), found.type, found.bytes) != found.id) {
    return fail(Code::kHashMismatch, found.id);
  }
  return std::move(*object);
}

}  // namespace touchstone::git
