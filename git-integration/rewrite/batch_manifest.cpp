// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/batch_manifest.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/presence.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kTitle = "touchstone batch v";
constexpr std::string_view kManifestVersion = "1";
constexpr std::string_view kHeadName = "HEAD";
constexpr std::string_view kRefs = "refs/";
constexpr std::string_view kFingerprint = "SHA256:";
constexpr std::size_t kDigestDigits = 43;  // 32 bytes in base64 without padding
constexpr std::size_t kDigitsMax = 15;

tl::unexpected<base::Error> malformed(std::string_view what) {
  return fail(Code::kMalformed, "batch manifest: " + std::string(what));
}

bool is_name(std::string_view hex) {
  const bool digits = std::all_of(hex.begin(), hex.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return digits && (hex.size() == hex_size(HashAlgorithm::kSha1) ||
                    hex.size() == hex_size(HashAlgorithm::kSha256));
}

// is_ref looks at what could make one line look like another; the rest of a ref's grammar is git's.
bool is_ref(std::string_view ref) {
  const bool plain = std::all_of(ref.begin(), ref.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
  return plain && (ref == kHeadName || (ref.starts_with(kRefs) && ref.size() > kRefs.size()));
}

bool is_digest_text(std::string_view text) {
  const auto digest = strip_prefix(text, kFingerprint);
  return digest && digest->size() == kDigestDigits &&
         std::all_of(digest->begin(), digest->end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '+' || c == '/';
         });
}

// parse_number takes decimal digits without a leading zero.
Result<std::uint64_t> parse_number(std::string_view text, std::string_view what) {
  const bool digits =
      !text.empty() && text.size() <= kDigitsMax &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (text.size() > 1 && text.front() == '0')) {
    return malformed(what);
  }
  constexpr std::uint64_t kTen = 10;
  std::uint64_t number = 0;
  for (const char c : text) {
    number = number * kTen + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// Fields takes a manifest's lines in their one order.
class Fields final {
 public:
  explicit Fields(std::string_view text) : lines_(text) {}

  Result<std::string_view> take(std::string_view keyword) {
    const auto line = lines_.next();
    if (!line || !lines_.terminated() || !line->starts_with(keyword) ||
        line->substr(keyword.size(), 1) != " ") {
      return malformed("no " + std::string(keyword) + " line where there must be one");
    }
    return line->substr(keyword.size() + 1);
  }
  // take_id holds all names in a manifest to one length.
  Result<std::string> take_id(std::string_view keyword) {
    TRY(text, take(keyword));
    TRY_VOID(check_id(text, keyword));
    return std::string(text);
  }
  Status check_id(std::string_view text, std::string_view keyword) {
    if (!is_name(text) || (size_ != 0 && size_ != text.size())) {
      return malformed(std::string(keyword) + " is not an object name");
    }
    size_ = text.size();
    return {};
  }
  Result<BatchCommit> take_commit();
  Status title();
  std::string_view rest() const { return lines_.rest(); }

 private:
  Lines lines_;
  std::size_t size_{0};
};

Status Fields::title() {
  const auto line = lines_.next();
  const auto version = line && lines_.terminated() ? strip_prefix(*line, kTitle) : std::nullopt;
  if (!version) {
    return malformed("it does not begin with " + std::string(kTitle) +
                     std::string(kManifestVersion));
  }
  if (*version != kManifestVersion) {
    return fail(Code::kUnsupported, "batch manifest: version " + std::string(*version));
  }
  return {};
}

Result<BatchCommit> Fields::take_commit() {
  TRY(line, take("commit"));
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return malformed("a commit line without name, tree and subject");
  }
  BatchCommit commit;
  commit.id = line.substr(0, first);
  commit.tree = line.substr(first + 1, second - first - 1);
  commit.subject = line.substr(second + 1);
  TRY_VOID(check_id(commit.id, "commit"));
  TRY_VOID(check_id(commit.tree, "tree"));
  if (commit.subject.size() > kBatchSubjectMax) {
    return fail(Code::kTooLong, "batch manifest: subject");
  }
  if (commit.subject.find('\0') != std::string::npos) {
    return malformed("zero byte in a subject");
  }
  return commit;
}

// take_manifest takes a manifest from the start of a text, and leaves what follows it.
Result<BatchManifest> take_manifest(Fields& fields) {
  TRY_VOID(fields.title());
  BatchManifest manifest;
  TRY_ASSIGN(manifest.repository, fields.take_id("repository"));
  TRY(ref, fields.take("ref"));
  if (ref.size() > kRefNameMax) {
    return fail(Code::kTooLong, "batch manifest: ref");
  }
  if (!is_ref(ref)) {
    return malformed("ref is no full name of one");
  }
  manifest.ref = ref;
  TRY_ASSIGN(manifest.old_tip, fields.take_id("old"));
  TRY(time, fields.take("time"));
  TRY_ASSIGN(manifest.seconds, parse_number(time, "time"));
  TRY(signer, fields.take("signer"));
  if (!is_digest_text(signer)) {
    return malformed("signer is no fingerprint");
  }
  manifest.signer = signer;
  TRY(count_text, fields.take("count"));
  TRY(count, parse_number(count_text, "count"));
  if (count == 0) {
    return malformed("it lists nothing");
  }
  if (count > kBatchMax) {
    return fail(Code::kTooLong, "batch manifest: " + std::to_string(count) + " commits, at most " +
                                    std::to_string(kBatchMax) + " may be in one");
  }
  std::set<std::string, std::less<>> seen;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(commit, fields.take_commit());
    if (!seen.insert(commit.id).second) {
      return malformed("a commit stands in it twice");
    }
    manifest.commits.push_back(std::move(commit));
  }
  return manifest;
}

}  // namespace

std::string to_text(const BatchManifest& manifest) {
  std::string text(kTitle);
  text += kManifestVersion;
  text += "\nrepository " + manifest.repository + "\nref " + manifest.ref + "\nold " +
          manifest.old_tip + "\ntime " + std::to_string(manifest.seconds) + "\nsigner " +
          manifest.signer + "\ncount " + std::to_string(manifest.commits.size()) + "\n";
  for (const BatchCommit& commit : manifest.commits) {
    text += "commit " + commit.id + " " + commit.tree + " " + commit.subject + "\n";
  }
  return text;
}

Result<BatchManifest> parse_batch_manifest(std::string_view text) {
  if (text.size() > kBatchManifestMax) {
    return fail(Code::kTooLong, "batch manifest");
  }
  Fields fields(text);
  TRY(manifest, take_manifest(fields));
  if (!fields.rest().empty()) {
    return fail(Code::kTrailingBytes, "batch manifest");
  }
  return manifest;
}

std::string_view subject_for_batch(std::string_view subject) {
  return subject.substr(0, kBatchSubjectMax);
}

Result<SignedBatch> parse_signed_batch(std::string_view stored) {
  if (stored.size() > kStoredBatchMax) {
    return fail(Code::kTooLong, "batch");
  }
  Fields fields(stored);
  TRY(manifest, take_manifest(fields));
  TRY(signature, read_signature(fields.rest(), kBatchNamespace).with_context("batch"));
  const std::string_view text = stored.substr(0, stored.size() - fields.rest().size());
  if (text.size() > kBatchManifestMax) {
    return fail(Code::kTooLong, "batch manifest");
  }
  return SignedBatch{std::move(manifest), std::string(text), std::move(signature)};
}

Result<ssh::PublicKey> key_of_signed_batch(std::string_view stored) {
  if (stored.size() > kStoredBatchMax) {
    return fail(Code::kTooLong, "batch");
  }
  constexpr std::string_view kBegin = "\n-----BEGIN SSH SIGNATURE-----\n";
  const std::size_t begin = stored.find(kBegin);
  if (begin == std::string_view::npos) {
    return fail(Code::kMalformed, "batch: there is no signature");
  }
  TRY(signature, read_signature(stored.substr(begin + 1), kBatchNamespace).with_context("batch"));
  return std::move(signature.key);
}

Status check_batch_signature(const SignedBatch& batch) {
  const ssh::SshSig& sig = batch.signature;
  if (sig.hash != ssh::SshSigHash::kSha512) {
    return fail(Code::kBadSignature, "batch: made with another hash than sha512");
  }
  if (sig.key.is_certificate() || sig.key.fingerprint() != batch.manifest.signer) {
    return fail(Code::kBadSignature, "batch: by another key than the manifest names");
  }
  TRY_VOID(verify_message(sig, kBatchNamespace, base::as_bytes(batch.text)).with_context("batch"));
  TRY_VOID(check_presence(sig).with_context("batch"));
  TRY_VOID(
      check_touch_rules(TouchRules{}, batch.manifest.signer, sig.signature.webauthn().has_value())
          .with_context("batch"));
  if (!sig.signature.sk()->user_verification()) {
    return fail(Code::kNoVerification, "batch");
  }
  return {};
}

std::string batch_ref_of(std::string_view text) {
  return std::string(kBatchRefs) + base::to_hex(base::sha256(base::as_bytes(text)));
}

}  // namespace touchstone::git
