// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/policy_evidence.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "agent/cli/format.h"
#include "agent/cli/key_files.h"
#include "agent/cli/policy_files.h"
#include "agent/key_file.h"
#include "agent/limits.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "git-integration/policy/policy_edit.h"
#include "tokens/attestation/chain.h"
#include "tokens/attestation/statement.h"
#include "tokens/limits.h"

namespace touchstone::agent::cli {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Exit;
using base::fail;
using base::Result;
using base::Status;

// attestation_beside gives the name that key export would give the attestation of a key file.
fs::path attestation_beside(const std::string& key_file) {
  constexpr std::string_view kPublic = ".pub";
  std::string_view stem = key_file;
  if (stem.ends_with(kPublic)) {
    stem.remove_suffix(kPublic.size());
  }
  return std::string(stem) + std::string(kAttestationSuffix);
}

// check_about says whether the attestation is about that key: which of the token's credentials it
// is, only its holder's key file knows, and the statement says.
Status check_about(const Evidence& evidence, const ssh::PublicKey& key) {
  if (!key.application()) {
    return fail(Code::kSoftwareKey);
  }
  const tokens::KeyReference reference{
      key.key(), tokens::credential_id_of(evidence.attestation), *key.application(), {}};
  TRY_VOID(tokens::check_statement(evidence.attestation, evidence.challenge, reference));
  return evidence.attestation.certificates.empty()
             ? Status(fail(Code::kNoEvidence, "it has no certificate: the key vouches for itself"))
             : Status();
}

// say_who tells whose word the evidence is, as far as that was looked at.
Status say_who(Console& console, const Evidence& evidence, bool checked) {
  TRY(issuer, tokens::issuer_of(evidence.attestation));
  console.err("the token's certificate was issued by " + shown(issuer) + ", model " +
              base::to_hex(tokens::aaguid_of(evidence.attestation)) + "\n");
  if (!checked) {
    console.err(
        "warning: anybody can issue a certificate in that name; give --root FILE with the roots "
        "that the token's maker published\n");
  }
  return {};
}

}  // namespace

std::vector<Option> evidence_options() {
  return {{"attestation",
           '\0',
           "FILE",
           "the attestation (the key file with .attestation.json in the place of .pub)",
           Completes::kFile,
           {}},
          {"root",
           '\0',
           "FILE",
           "root certificates that the token's maker published, in PEM",
           Completes::kFile,
           {}}};
}

Result<git::Evidence> evidence_for(Console& console, const ssh::PublicKey& key,
                                   const std::string& key_file, const Arguments& arguments) {
  const auto named = arguments.value("attestation");
  const fs::path path = named.has_value() ? fs::path(*named) : attestation_beside(key_file);
  auto file = base::read_file(path, kKeyFileMax);
  if (!file && file.error().code == Code::kNotFound) {
    return fail(Code::kNoEvidence,
                path.string() + " is not there (touchstone key export writes it)");
  }
  TRY(bytes, std::move(file));
  TRY(object, parse_object(base::as_text(bytes), path.string()));
  TRY(evidence, parse_evidence(object).with_context(path.string()));
  TRY_VOID(check_about(evidence, key).with_context(path.string()));
  const auto root = arguments.value("root");
  if (root.has_value()) {
    TRY(roots, base::read_file(*root, tokens::kRootsFileMax));
    Status chain = tokens::check_chain(evidence.attestation, roots);
    if (!chain) {
      const bool about_roots = chain.error().code == Code::kMalformed;
      return fail(std::move(chain.error()).with_context(about_roots ? *root : path.string()));
    }
  }
  TRY_VOID(say_who(console, evidence, root.has_value()));
  console.err("keep " + shown(path.string()) + ": the policy has its digest only\n");
  return git::Evidence{key.fingerprint(), base::to_hex(base::sha256(bytes)),
                       git::PresenceClass::kTouch};
}

Result<Exit> run_policy_add_evidence(Context& context, const Arguments& arguments) {
  TRY(top, working_tree());
  TRY(text, read_policy_text(top));
  TRY(policy, git::parse_repository_policy(text.policy, text.signers));
  const std::string key_file = arguments.positional(0).value_or("");
  TRY(key, read_public_key(key_file));
  if (!policy.signers.knows(key)) {
    return fail(Code::kNotFound, "a line with this key in " + std::string(git::kSignersFile) +
                                     " (touchstone policy add-signer makes one)");
  }
  TRY(evidence, evidence_for(context.console(), key, key_file, arguments));
  TRY(edited, git::add_policy_evidence(text, evidence));
  TRY_VOID(make_edit(context.console(), top, text, edited, arguments.has("dry-run")));
  if (!arguments.has("dry-run")) {
    say_next(context.console(), policy);
  }
  return Exit::kOk;
}

}  // namespace touchstone::agent::cli
