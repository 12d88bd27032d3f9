// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "git-integration/git_object.h"
#include "git-integration/presence.h"
#include "tests/fuzz/fuzz.h"

namespace {

using touchstone::base::as_bytes;
using touchstone::base::as_text;
using touchstone::base::ByteView;
using touchstone::git::HashAlgorithm;
using touchstone::git::ObjectKind;

// folded gives a signature as a header, the way git writes it.
std::string folded(HashAlgorithm algorithm, std::string_view signature) {
  std::string header = algorithm == HashAlgorithm::kSha1 ? "gpgsig " : "gpgsig-sha256 ";
  for (std::size_t i = 0; i < signature.size(); ++i) {
    header += signature[i];
    if (signature[i] == '\n' && i + 1 < signature.size()) {
      header += ' ';
    }
  }
  return header;
}

// A canonical object is nothing but its payload and its signature.
void check_split(ObjectKind kind, HashAlgorithm algorithm, ByteView raw) {
  const auto object = touchstone::git::split_signed_object(kind, algorithm, raw);
  if (!object || !object->findings.empty()) {
    return;
  }
  const std::string_view payload = as_text(object->payload);
  if (kind != ObjectKind::kCommit) {
    FUZZ_CHECK(std::string(payload) + object->signature == as_text(raw));
  } else if (object->signature.empty()) {
    FUZZ_CHECK(payload == as_text(raw));
  } else {
    const std::size_t end = payload.starts_with('\n') ? 0 : payload.find("\n\n") + 1;
    FUZZ_CHECK(std::string(payload.substr(0, end)) + folded(algorithm, object->signature) +
                   std::string(payload.substr(end)) ==
               as_text(raw));
  }
}

void check_payload(ByteView bytes) {
  const auto parsed = touchstone::git::parse_payload(bytes);
  if (!parsed) {
    return;
  }
  FUZZ_CHECK(as_text(bytes).find('\0') == std::string_view::npos);
  if (const auto* commit = parsed->commit(); commit != nullptr) {
    FUZZ_CHECK(commit->tree.size() == hex_size(parsed->algorithm));
    FUZZ_CHECK(commit->subject.find('\n') == std::string_view::npos);
    // What was parsed has no signature in it: it is its own payload.
    const auto split =
        touchstone::git::split_signed_object(ObjectKind::kCommit, parsed->algorithm, bytes);
    FUZZ_CHECK(split && split->findings.empty() && split->signature.empty());
  }
}

}  // namespace

void fuzz(ByteView bytes) {
  check_payload(bytes);
  const auto nobody = touchstone::ssh::AllowedSigners::parse("");
  const touchstone::git::Trust trust{&*nobody, nullptr};
  for (const ObjectKind kind :
       {ObjectKind::kCommit, ObjectKind::kTag, ObjectKind::kPushCertificate}) {
    for (const HashAlgorithm algorithm : {HashAlgorithm::kSha1, HashAlgorithm::kSha256}) {
      check_split(kind, algorithm, bytes);
      const auto verdict = touchstone::git::judge_object(kind, algorithm, bytes, trust);
      FUZZ_CHECK(!touchstone::git::is_touch(verdict.presence.presence));
    }
  }
}
