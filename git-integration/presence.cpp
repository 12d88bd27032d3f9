// SPDX-License-Identifier: Apache-2.0
#include "git-integration/presence.h"

#include <array>
#include <string>
#include <vector>

#include "ssh/sshsig.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kGitNamespace = "git";
constexpr std::string_view kOwnApplications = "ssh:touchstone-";
constexpr std::string_view kSignApplication = "ssh:touchstone-sign";

Verdict with(Verdict verdict, PresenceClass presence, Error reason) {
  verdict.presence = {presence, 0, 0};
  verdict.reason = std::move(reason);
  return verdict;
}

Verdict bad(Verdict verdict, Error reason) {
  return with(std::move(verdict), PresenceClass::kBad, std::move(reason));
}

Verdict no_touch(Verdict verdict, Code code, std::string context) {
  return with(std::move(verdict), PresenceClass::kNoTouch, Error{code, 0, std::move(context)});
}

// find_signer gives the first principal that may sign with this key.
Result<std::string> find_signer(const ssh::PublicKey& key, const ssh::AllowedSigners& allowed,
                                std::string_view name_space, std::uint64_t time) {
  Status nearest = allowed.check(key, {}, name_space, time);
  for (std::string& principal : allowed.find_principals(key, time)) {
    nearest = allowed.check(key, principal, name_space, time);
    if (nearest) {
      return std::move(principal);
    }
  }
  return fail(std::move(nearest.error()));
}

Verdict judge_ssh(base::ByteView payload, std::string_view signature, const Trust& trust,
                  std::uint64_t time, ssh::PublicKeyCache* cache) {
  Verdict verdict;
  const auto sig = read_signature(signature, kGitNamespace, cache);
  if (!sig) {
    return bad(std::move(verdict), sig.error());
  }
  verdict.key = sig->key.fingerprint();
  verdict.key_type = sig->key.name();
  if (sig->signature.sk()) {
    verdict.counter = sig->signature.sk()->counter;
  }
  if (const Status good = verify_message(*sig, kGitNamespace, payload); !good) {
    return bad(std::move(verdict), good.error());
  }
  auto signer = find_signer(sig->key, *trust.allowed, kGitNamespace, time);
  if (!signer) {
    return bad(std::move(verdict), signer.error());
  }
  verdict.signer = std::move(*signer);
  // Strangers' keys are not asked about: that may cost a process each.
  const Status valid = trust.revoked == nullptr ? Status() : trust.revoked->check(sig->key);
  if (!valid) {
    return bad(std::move(verdict), valid.error());
  }
  if (const Status certified = check_certificate(*sig); !certified) {
    return bad(std::move(verdict), certified.error());
  }
  if (const Status present = check_presence(*sig); !present) {
    return with(std::move(verdict), PresenceClass::kNoTouch, present.error());
  }
  verdict.presence.presence =
      sig->signature.sk()->user_verification() ? PresenceClass::kTouchPin : PresenceClass::kTouch;
  return verdict;
}

}  // namespace

std::string to_word(const Presence& presence) {
  const auto numbered = [&](const char* word) {
    return std::string(word) + " " + std::to_string(presence.part) + "/" +
           std::to_string(presence.whole);
  };
  switch (presence.presence) {
    case PresenceClass::kTouch:
      return "touch";
    case PresenceClass::kTouchPin:
      return "touch+pin";
    case PresenceClass::kDeviceTouch:
      return "device-touch";
    case PresenceClass::kQuorum:
      return numbered("quorum");
    case PresenceClass::kBatch:
      return numbered("batch");
    case PresenceClass::kNoTouch:
      return "no-touch";
    case PresenceClass::kUnsigned:
      return "unsigned";
    case PresenceClass::kBad:
      return "bad";
  }
  return {};
}

bool is_touch(PresenceClass presence) {
  switch (presence) {
    case PresenceClass::kTouch:
    case PresenceClass::kTouchPin:
    case PresenceClass::kDeviceTouch:
    case PresenceClass::kQuorum:
      return true;
    case PresenceClass::kBatch:
    case PresenceClass::kNoTouch:
    case PresenceClass::kUnsigned:
    case PresenceClass::kBad:
      return false;
  }
  return false;
}

bool is_signing_application(std::string_view application) {
  if (!application.starts_with("ssh:")) {
    return false;
  }
  return !application.starts_with(kOwnApplications) || application == kSignApplication;
}

Result<ssh::SshSig> read_signature(std::string_view armored, std::string_view name_space,
                                   ssh::PublicKeyCache* cache) {
  TRY(sig, ssh::SshSig::parse_armored(armored, cache));
  // What parse_armored leaves open is how the base64 is wrapped.
  if (sig.armored() != armored) {
    return fail(Code::kMalformed, "the signature's armor is not in canonical form");
  }
  if (name_space == kGitNamespace && sig.hash != ssh::SshSigHash::kSha512) {
    return fail(Code::kUnsupported, "hash " + std::string(name_of(sig.hash)) + ", want sha512");
  }
  return sig;
}

Status check_presence(const ssh::SshSig& sig) {
  if (!sig.signature.sk() || !sig.key.application()) {
    return fail(Code::kNoPresence, "software key");
  }
  if (!is_signing_application(*sig.key.application())) {
    return fail(Code::kWrongApplication, *sig.key.application());
  }
  if (!sig.signature.sk()->user_presence()) {
    return fail(Code::kNoPresence, "user presence flag not set");
  }
  return {};
}

Status check_certificate(const ssh::SshSig& sig) {
  if (sig.key.certificate() == nullptr) {
    return {};
  }
  const bool verified = sig.signature.sk() && sig.signature.sk()->user_verification();
  for (const ssh::CertificateOption& option : sig.key.certificate()->critical_options) {
    if (option.name == "verify-required" && !verified) {
      return fail(Code::kNoVerification, "the certificate asks for it");
    }
  }
  return {};
}

Verdict judge(base::ByteView payload, std::string_view signature, const Trust& trust,
              std::uint64_t time, ssh::PublicKeyCache* cache) {
  switch (format_of(signature)) {
    case SignatureFormat::kNone:
      return with({}, PresenceClass::kUnsigned, Error{Code::kUnsigned, 0, {}});
    case SignatureFormat::kOpenPgp:
      return no_touch({}, Code::kUnsupported, "openpgp signature: proves no touch, not checked");
    case SignatureFormat::kX509:
      return no_touch({}, Code::kUnsupported, "x509 signature: proves no touch, not checked");
    case SignatureFormat::kUnknown:
      return bad({}, Error{Code::kMalformed, 0, "a signature of no known kind"});
    case SignatureFormat::kSsh:
      return judge_ssh(payload, signature, trust, time, cache);
  }
  return {};
}

Verdict judge_object(ObjectKind kind, HashAlgorithm algorithm, base::ByteView raw,
                     const Trust& trust, ssh::PublicKeyCache* cache) {
  const auto object = split_signed_object(kind, algorithm, raw);
  if (!object) {
    return bad({}, object.error());
  }
  if (!object->findings.empty()) {
    return bad({}, Error{Code::kMalformed, 0, std::string(describe(object->findings.front()))});
  }
  if (object->format == SignatureFormat::kNone) {
    return judge({}, {}, trust, 0);
  }
  const auto parsed = parse_payload(object->payload);
  if (!parsed) {
    return bad({}, parsed.error());
  }
  if (parsed->kind() != kind || parsed->algorithm != algorithm) {
    return bad({}, Error{Code::kMalformed, 0, "not the kind of object it is stored as"});
  }
  return judge(object->payload, object->signature, trust, parsed->seconds(), cache);
}

}  // namespace touchstone::git
