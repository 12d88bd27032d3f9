// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_certificate.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "git-integration/git_object.h"
#include "git-integration/server/limits.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

auto refuse(std::string why) { return fail(Code::kPushCertificate, std::move(why)); }

std::string text_of(const PushUpdate& update) {
  return update.ref + " " + short_id(update.old_id) + " to " + short_id(update.new_id);
}

bool less(const PushUpdate& a, const PushUpdate& b) {
  return std::tie(a.ref, a.old_id, a.new_id) < std::tie(b.ref, b.old_id, b.new_id);
}

// check_updates compares both ways: nothing that was not certified, nothing certified left out.
Status check_updates(const PushCertificate& certificate, std::vector<PushUpdate> pushed) {
  std::vector<PushUpdate> certified;
  certified.reserve(certificate.updates.size());
  for (const RefUpdate& update : certificate.updates) {
    certified.push_back(PushUpdate{std::string(update.old_id), std::string(update.new_id),
                                   std::string(update.ref)});
  }
  std::sort(certified.begin(), certified.end(), less);
  std::sort(pushed.begin(), pushed.end(), less);
  const auto [left, right] =
      std::mismatch(certified.begin(), certified.end(), pushed.begin(), pushed.end());
  if (right != pushed.end() && (left == certified.end() || less(*right, *left))) {
    return refuse("it does not name what is pushed: " + text_of(*right));
  }
  if (left != certified.end()) {
    return refuse("it names what is not pushed: " + text_of(*left));
  }
  return {};
}

Status check_options(const PushCertificate& certificate, const PushFacts& facts) {
  const bool same = std::equal(certificate.options.begin(), certificate.options.end(),
                               facts.options.begin(), facts.options.end());
  return same ? Status() : refuse("its push options are not those of the push");
}

Status check_nonce(const PushCertificate& certificate, const PushFacts& facts,
                   const CertificateRules& rules) {
  switch (facts.nonce_status) {
    case NonceStatus::kOk:
      if (facts.nonce.empty() || certificate.nonce != facts.nonce) {
        return refuse("its nonce is not the one that was given out for this push");
      }
      return {};
    case NonceStatus::kSlop:
      // git made sure that the nonce is one of ours, given out earlier (stateless HTTP).
      if (certificate.nonce.empty() || static_cast<std::uint64_t>(std::llabs(
                                           facts.nonce_slop_seconds)) > rules.nonce_slop_seconds) {
        return refuse("its nonce is too old, by " + std::to_string(facts.nonce_slop_seconds) +
                      " seconds");
      }
      return {};
    case NonceStatus::kBad:
      return refuse("its nonce was not given out by this server for this push");
    case NonceStatus::kMissing:
      return refuse("it has no nonce");
    case NonceStatus::kUnsolicited:
      return refuse("the server gives out no nonces: receive.certNonceSeed is not set");
  }
  return refuse("its nonce was not checked");
}

Status check_pushee(const PushCertificate& certificate, const CertificateRules& rules) {
  if (rules.pushees.empty() || ssh::match_pattern_list(certificate.pushee, rules.pushees)) {
    return {};
  }
  return refuse("it is for another server: " + std::string(certificate.pushee));
}

Status check_signature(const Verdict& verdict) {
  if (is_touch(verdict.presence.presence)) {
    return {};
  }
  const base::Error reason = verdict.reason.value_or(base::Error{Code::kBadSignature, 0, {}});
  return refuse("its signature is " + to_word(verdict.presence) + " (" + message_of(reason) + ")");
}

}  // namespace

NonceStatus nonce_status_named(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, NonceStatus>, 4> kWords = {{
      {"OK", NonceStatus::kOk},
      {"SLOP", NonceStatus::kSlop},
      {"MISSING", NonceStatus::kMissing},
      {"UNSOLICITED", NonceStatus::kUnsolicited},
  }};
  for (const auto& [known, status] : kWords) {
    if (word == known) {
      return status;
    }
  }
  return NonceStatus::kBad;
}

Result<Pusher> verify_push_certificate(base::ByteView certificate, const PushFacts& facts,
                                       const CertificateRules& rules, const Trust& trust) {
  if (certificate.size() > kPushCertificateMax) {
    return refuse("it has more than " + std::to_string(kPushCertificateMax) + " bytes");
  }
  const auto kind = ObjectKind::kPushCertificate;
  // Judges form and kind as well, at the time the pusher claims: a key that was not valid then
  // is refused too.
  TRY_VOID(check_signature(judge_object(kind, facts.algorithm, certificate, trust)));
  TRY(object, split_signed_object(kind, facts.algorithm, certificate));
  TRY(parsed, parse_payload(object.payload));
  const PushCertificate& claims = *parsed.push_certificate();
  const Verdict verdict = judge(object.payload, object.signature, trust, facts.now_seconds);
  TRY_VOID(check_signature(verdict));
  if (claims.pusher != verdict.key) {
    return refuse("it names " + std::string(claims.pusher) + " as pusher and is signed by " +
                  verdict.key);
  }
  TRY_VOID(check_nonce(claims, facts, rules));
  TRY_VOID(check_updates(claims, facts.updates));
  TRY_VOID(check_options(claims, facts));
  TRY_VOID(check_pushee(claims, rules));
  return Pusher{verdict.key, verdict.signer};
}

}  // namespace touchstone::git::server
