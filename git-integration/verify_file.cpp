// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_file.h"

#include <filesystem>
#include <utility>

#include "base/file.h"
#include "git-integration/judge_pool.h"
#include "git-integration/limits.h"
#include "git-integration/text_lines.h"
#include "git-integration/verify_setup.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

Status check_signer(const ssh::PublicKey& key, const Trust& trust, std::string_view name_space,
                    std::uint64_t now, std::string& signer) {
  TRY_VOID(trust.revoked->check(key));
  Status nearest = trust.allowed->check(key, {}, name_space, now);
  for (std::string& principal : trust.allowed->find_principals(key, now)) {
    nearest = trust.allowed->check(key, principal, name_space, now);
    if (nearest) {
      signer = std::move(principal);
      return {};
    }
  }
  return nearest;
}

// judge_detached fills the verdict as far as the signature holds.
Status judge_detached(base::ByteView bytes, std::string_view armored, const FileOptions& options,
                      const Trust& trust, Verdict& verdict) {
  verdict.presence.presence = PresenceClass::kBad;
  TRY(sig, read_signature(armored, options.name_space));
  verdict.key = sig.key.fingerprint();
  verdict.key_type = sig.key.name();
  verdict.public_key = std::make_shared<const ssh::PublicKey>(sig.key);
  if (sig.signature.sk()) {
    verdict.counter = sig.signature.sk()->counter;
    verdict.webauthn = sig.signature.webauthn().has_value();
  }
  TRY_VOID(verify_message(sig, options.name_space, bytes));
  TRY_VOID(
      check_signer(sig.key, trust, options.name_space, now_of(options.verify), verdict.signer));
  TRY_VOID(check_certificate(sig));
  verdict.presence.presence = PresenceClass::kNoTouch;
  TRY_VOID(check_presence(sig));
  TRY_VOID(check_touch_rules(trust.touch, verdict.key, verdict.webauthn));
  verdict.presence.presence =
      sig.signature.sk()->user_verification() ? PresenceClass::kTouchPin : PresenceClass::kTouch;
  return {};
}

Result<ObjectVerdict> verify_detached(const FileOptions& options, const std::string& signature,
                                      const Trust& trust) {
  TRY(armored, base::read_file(signature, ssh::kArmorMax));
  TRY(bytes, base::read_file(options.file, options.size_max));
  ObjectVerdict object;
  const std::string_view text = base::as_text(armored);
  const SignatureFormat format = format_of(text);
  if (format == SignatureFormat::kOpenPgp || format == SignatureFormat::kX509) {
    object.verdict = judge(bytes, text, trust, 0);
  } else if (Status good = judge_detached(bytes, text, options, trust, object.verdict); !good) {
    object.verdict.reason = std::move(good.error());
  }
  return object;
}

// stored_kind says what a file holds by its first word, as parse_payload does.
std::optional<ObjectKind> stored_kind(std::string_view text) {
  if (text.starts_with("tree ")) {
    return ObjectKind::kCommit;
  }
  if (text.starts_with("object ")) {
    return ObjectKind::kTag;
  }
  return text.starts_with("certificate version ") ? std::optional(ObjectKind::kPushCertificate)
                                                  : std::nullopt;
}

// stored_algorithm goes by the first hash there is: after "tree", "object" or at the beginning of
// a certificate's first update.
HashAlgorithm stored_algorithm(ObjectKind kind, std::string_view text) {
  std::string_view hash = text.substr(text.find(' ') + 1);
  if (kind == ObjectKind::kPushCertificate) {
    const std::size_t headers_end = text.find("\n\n");
    hash =
        headers_end == std::string_view::npos ? std::string_view() : text.substr(headers_end + 2);
  }
  const std::size_t size = std::min(hash.find_first_not_of("0123456789abcdef"), hash.size());
  return size == hex_size(HashAlgorithm::kSha256) ? HashAlgorithm::kSha256 : HashAlgorithm::kSha1;
}

Result<ObjectVerdict> verify_stored(const FileOptions& options, const Trust& trust) {
  TRY(bytes, base::read_file(options.file, kObjectMax));
  const std::string_view text = base::as_text(bytes);
  const auto kind = stored_kind(text);
  if (!kind) {
    return fail(Code::kNotFound, options.file + ": a signature beside it, " + options.file +
                                     ".sig (of a signature, name the file it is for)");
  }
  const HashAlgorithm algorithm = stored_algorithm(*kind, text);
  StoredObject object{object_id(algorithm, name_of(*kind), bytes), std::string(name_of(*kind)),
                      std::move(bytes), false};
  ssh::PublicKeyCache cache;
  const PlainRules rules{options.verify.any_committer,
                         options.verify.trust_dates ? 0 : now_of(options.verify)};
  return judge_job(Job{std::move(object), *kind, {}, {}}, trust, rules, cache).object;
}

}  // namespace

Result<ObjectVerdict> verify_file(const FileOptions& options) {
  TRY(allowed, read_signers(options.verify));
  TRY(revoked, read_revoked(options.verify));
  const Trust trust{&allowed, &revoked, nullptr,
                    TouchRules{options.verify.allow_webauthn, std::nullopt}};
  const std::string signature = options.file + ".sig";
  std::error_code error;
  const bool detached = std::filesystem::exists(signature, error);
  TRY(object,
      detached ? verify_detached(options, signature, trust) : verify_stored(options, trust));
  object.file = options.file;
  settle_plainly(object);
  return object;
}

}  // namespace touchstone::git
