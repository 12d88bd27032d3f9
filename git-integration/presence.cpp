// SPDX-License-Identifier: Apache-2.0
#include "git-integration/presence.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "git-integration/git_object.h"
#include "git-integration/text_lines.h"
#include "ssh/sshsig.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

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

// find_signer gives a principal that may sign with this key: the address claimed when it is one,
// else the first in the file.
Result<std::string> find_signer(const ssh::PublicKey& key, const ssh::AllowedSigners& allowed,
                                std::string_view name_space, const Claim& claim) {
  Status nearest = allowed.check(key, claim.email, name_space, claim.seconds);
  if (nearest && !claim.email.empty()) {
    return std::string(claim.email);
  }
  for (std::string& principal : allowed.find_principals(key, claim.seconds)) {
    nearest = allowed.check(key, principal, name_space, claim.seconds);
    if (nearest) {
      return std::move(principal);
    }
  }
  return fail(std::move(nearest.error()));
}

// check_signer says whether the key counts, and for whom.
Status check_signer(const ssh::PublicKey& key, const Trust& trust, const Claim& claim,
                    Verdict& verdict) {
  if (trust.allowed != nullptr) {
    TRY_ASSIGN(verdict.signer, find_signer(key, *trust.allowed, kGitNamespace, claim));
  }
  // Strangers' keys are not asked about: that may cost a process each.
  return trust.revoked == nullptr ? Status() : trust.revoked->check(key);
}

void judge_signer_and_presence(const ssh::SshSig& sig, const Trust& trust, const Claim& claim,
                               Verdict& verdict) {
  if (Status known = check_signer(sig.key, trust, claim, verdict); !known) {
    verdict = bad(std::move(verdict), std::move(known.error()));
  } else if (Status certified = check_certificate(sig); !certified) {
    verdict = bad(std::move(verdict), std::move(certified.error()));
  } else if (Status present = check_presence(sig); !present) {
    verdict = with(std::move(verdict), PresenceClass::kNoTouch, std::move(present.error()));
  } else if (Status believed = check_touch_rules(trust.touch, verdict.key, verdict.webauthn);
             !believed) {
    verdict = with(std::move(verdict), PresenceClass::kNoTouch, std::move(believed.error()));
  } else {
    verdict.presence.presence =
        sig.signature.sk()->user_verification() ? PresenceClass::kTouchPin : PresenceClass::kTouch;
  }
}

// check_made says whether the key made the signature over the payload.
Status check_made(const ssh::SshSig& sig, base::ByteView payload, VerifiedSignatures* verified) {
  TRY(data, ssh::signed_data(sig, kGitNamespace, payload));
  return verified != nullptr ? verified->verify(sig, data)
                             : ssh::verify(sig.key, sig.signature, data);
}

// signed_data_of digests what an authenticator signed over beside its counter (PROTOCOL.u2f).
// Ed25519 has one signature for it, and software keys have no counter.
std::optional<base::Sha256> signed_data_of(const ssh::Signature& signature,
                                           base::ByteView payload) {
  if (!signature.sk() || signature.name().find("ecdsa") == std::string_view::npos) {
    return std::nullopt;
  }
  const ssh::WebauthnFields browser =
      signature.webauthn() ? *signature.webauthn() : ssh::WebauthnFields{};
  return base::sha256({base::ByteView(&signature.sk()->flags, 1),
                       base::sha256(base::as_bytes(browser.client_data)),
                       base::sha256(browser.extensions), payload});
}

Verdict judge_ssh(base::ByteView payload, std::string_view signature, const Trust& trust,
                  const Claim& claim, ssh::PublicKeyCache* cache) {
  Verdict verdict;
  auto sig = read_signature(signature, kGitNamespace, cache);
  if (!sig) {
    return bad(std::move(verdict), sig.error());
  }
  verdict.key = sig->key.fingerprint();
  verdict.key_type = sig->key.name();
  if (sig->signature.sk()) {
    verdict.counter = sig->signature.sk()->counter;
    verdict.webauthn = sig->signature.webauthn().has_value();
  }
  if (const Status good = check_made(*sig, payload, trust.verified); !good) {
    verdict = bad(std::move(verdict), good.error());
  } else {
    verdict.signed_data = signed_data_of(sig->signature, payload);
    judge_signer_and_presence(*sig, trust, claim, verdict);
  }
  verdict.public_key = std::make_shared<const ssh::PublicKey>(std::move(sig->key));
  return verdict;
}

// judge_card_signature is where OpenPGP and X.509 signatures come. Their bytes carry no presence
// flag: what they can prove is what the attestation of a card's key says ("touch always"), which
// makes `device-touch` of a signature that verifies. Without such evidence they are not even
// checked. Evidence comes with Trust when there are keys that have it (policy.toml, [[evidence]]).
Verdict judge_card_signature(SignatureFormat format) {
  const char* const name = format == SignatureFormat::kX509 ? "x509" : "openpgp";
  return no_touch({}, Code::kUnsupported,
                  std::string(name) + " signature: proves no touch, not checked");
}

// read_links takes tree and parents of a stored commit, which come first in it.
void read_links(base::ByteView raw, ObjectFacts& facts) {
  Lines lines(base::as_text(raw));
  if (const auto tree = strip_prefix(lines.next().value_or(std::string_view()), "tree ")) {
    facts.tree = *tree;
    while (const auto parent = strip_prefix(lines.next().value_or(std::string_view()), "parent ")) {
      facts.parents.emplace_back(*parent);
    }
  }
}

void read_facts(const ParsedObject& parsed, ObjectFacts& facts) {
  facts.seconds = parsed.seconds();
  if (const Commit* commit = parsed.commit()) {
    facts.email = commit->committer.email;
    facts.author_email = commit->author.email;
  } else if (const Tag* tag = parsed.tag()) {
    facts.name = tag->name;
    facts.target = tag->object;
    if (tag->tagger) {
      facts.email = tag->tagger->email;
    }
  }
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

std::optional<std::uint32_t> own_counter(const Verdict& verdict) {
  const PresenceClass presence = verdict.presence.presence;
  const bool own = presence != PresenceClass::kUnsigned && presence != PresenceClass::kBad &&
                   presence != PresenceClass::kBatch;
  return own ? verdict.counter : std::nullopt;
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
  if (!ssh::is_canonical_armor(armored)) {
    return fail(Code::kMalformed, "the signature's armor is not in canonical form");
  }
  if (name_space == kGitNamespace && sig.hash != ssh::SshSigHash::kSha512) {
    return fail(Code::kUnsupported, "hash " + std::string(name_of(sig.hash)) + ", want sha512");
  }
  return sig;
}

Status check_presence(const ssh::SshSig& sig) {
  if (!sig.signature.sk() || !sig.key.application()) {
    return fail(Code::kSoftwareKey);
  }
  if (!is_signing_application(*sig.key.application())) {
    return fail(Code::kWrongApplication, *sig.key.application());
  }
  if (!sig.signature.sk()->user_presence()) {
    return fail(Code::kNoPresence, "user presence flag not set");
  }
  return {};
}

TouchRules every_touch() { return {true, std::nullopt}; }

Status check_touch_rules(const TouchRules& rules, std::string_view fingerprint, bool webauthn) {
  if (webauthn && !rules.webauthn) {
    return fail(Code::kWebauthn);
  }
  if (rules.attested && std::find(rules.attested->begin(), rules.attested->end(), fingerprint) ==
                            rules.attested->end()) {
    return fail(Code::kNoEvidence, std::string(fingerprint));
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

std::optional<CounterClaim> claimed_counter(HashAlgorithm algorithm, base::ByteView raw,
                                            std::vector<std::string>& parents,
                                            ssh::PublicKeyCache* cache) {
  ObjectFacts facts;
  read_links(raw, facts);
  parents = std::move(facts.parents);
  const auto object = split_signed_object(ObjectKind::kCommit, algorithm, raw);
  if (!object || !object->findings.empty() || object->format != SignatureFormat::kSsh) {
    return std::nullopt;
  }
  const auto sig = read_signature(object->signature, kGitNamespace, cache);
  if (!sig || !sig->signature.sk()) {
    return std::nullopt;
  }
  return CounterClaim{sig->key.fingerprint(), sig->signature.sk()->counter,
                      signed_data_of(sig->signature, object->payload)};
}

Verdict judge(base::ByteView payload, std::string_view signature, const Trust& trust,
              const Claim& claim, ssh::PublicKeyCache* cache) {
  const SignatureFormat format = format_of(signature);
  switch (format) {
    case SignatureFormat::kNone:
      return with({}, PresenceClass::kUnsigned, Error{Code::kUnsigned, 0, {}});
    case SignatureFormat::kOpenPgp:
    case SignatureFormat::kX509:
      return judge_card_signature(format);
    case SignatureFormat::kUnknown:
      return bad({}, Error{Code::kMalformed, 0, "a signature of no known kind"});
    case SignatureFormat::kSsh:
      return judge_ssh(payload, signature, trust, claim, cache);
  }
  return {};
}

Verdict judge_object(ObjectKind kind, HashAlgorithm algorithm, base::ByteView raw,
                     const Trust& trust, ssh::PublicKeyCache* cache, ObjectFacts* facts) {
  ObjectFacts own;
  ObjectFacts& found = facts != nullptr ? *facts : own;
  if (kind == ObjectKind::kCommit) {
    read_links(raw, found);
  }
  const auto object = split_signed_object(kind, algorithm, raw);
  if (!object) {
    return bad({}, object.error());
  }
  const auto parsed = parse_payload(object->payload);
  if (parsed) {
    read_facts(*parsed, found);
  }
  if (!object->findings.empty()) {
    return bad({}, Error{Code::kMalformed, 0, std::string(describe(object->findings.front()))});
  }
  if (object->format == SignatureFormat::kNone) {
    return judge({}, {}, trust, 0);
  }
  if (!parsed) {
    return bad({}, parsed.error());
  }
  if (parsed->kind() != kind || parsed->algorithm != algorithm) {
    return bad({}, Error{Code::kMalformed, 0, "not the kind of object it is stored as"});
  }
  const Claim claim(found.seconds,
                    found.email ? std::string_view(*found.email) : std::string_view());
  return judge(object->payload, object->signature, trust, claim, cache);
}

}  // namespace touchstone::git
