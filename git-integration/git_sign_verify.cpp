// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/file.h"
#include "base/text.h"
#include "git-integration/git_sign.h"
#include "git-integration/limits.h"
#include "git-integration/presence.h"
#include "git-integration/revoked_keys.h"
#include "git-integration/text_lines.h"
#include "ssh/allowed_signers.h"
#include "ssh/limits.h"
#include "ssh/private_key_file.h"
#include "ssh/sshsig.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::Code;
using base::fail;
using base::Result;
using base::Status;

// What ssh-keygen prints, and git does not take for good.
constexpr std::string_view kNotVerified = "Could not verify signature.\n";

Status print(const GitSignContext& context, const std::string& text) {
  return base::write_all(context.output, base::as_bytes(text));
}

Result<ssh::AllowedSigners> read_allowed(const std::string& file) {
  TRY(bytes, base::read_input(file, ssh::kAllowedSignersFileMax).with_context("allowed signers"));
  return ssh::AllowedSigners::parse(base::as_text(bytes)).with_context(file);
}

Result<ssh::SshSig> read_signature_file(const GitSignOptions& options) {
  TRY(bytes, base::read_input(options.signature_file, ssh::kArmorMax).with_context("signature"));
  std::string armored(base::as_text(bytes));
  if (!armored.ends_with('\n')) {
    armored += '\n';  // jj keeps signatures without their last line end
  }
  return read_signature(armored, options.name_space).with_context(options.signature_file);
}

// check_message is what verify and check-novalidate have in common: a canonical signature by the
// key in it over standard input, after a touch.
Result<ssh::SshSig> check_message(const GitSignOptions& options, const GitSignContext& context) {
  TRY(sig, read_signature_file(options));
  TRY(message, base::read_descriptor(context.input, kVerifyMessageMax).with_context("message"));
  TRY_VOID(verify_message(sig, options.name_space, message));
  TRY_VOID(check_certificate(sig));
  TRY_VOID(check_presence(sig));
  TRY_VOID(
      check_touch_rules(TouchRules{}, sig.key.fingerprint(), sig.signature.webauthn().has_value()));
  return sig;
}

Result<ssh::SshSig> verify(const GitSignOptions& options, const GitSignContext& context) {
  TRY(allowed, read_allowed(options.file));
  RevokedKeys revoked;
  if (!options.revoked_file.empty()) {
    TRY_ASSIGN(revoked, RevokedKeys::read(options.revoked_file));
  }
  TRY(sig, check_message(options, context));
  TRY_VOID(revoked.check(sig.key));
  TRY_VOID(allowed.check(sig.key, options.principal, options.name_space, options.verify_time));
  return sig;
}

// report prints the line git parses: "Good" is what it looks for.
Status report(const Result<ssh::SshSig>& sig, const std::string& by, const GitSignOptions& options,
              const GitSignContext& context) {
  if (!sig) {
    if (!options.quiet) {
      TRY_VOID(print(context, std::string(kNotVerified)));
    }
    return fail(sig.error());
  }
  std::string text;
  if (!options.quiet) {
    text = "Good \"" + options.name_space + "\" signature " + by + "with " +
           std::string(sig->key.short_name()) + " key " + sig->key.fingerprint() + "\n";
  }
  if (options.print_public_key) {
    text += sig->key.line() + "\n";
  }
  return print(context, text);
}

// after_options gives a key's line without the options before it, as in an authorized_keys file.
std::string_view after_options(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (line[i] == ' ' || line[i] == '\t')) {
      const std::size_t next = line.find_first_not_of(" \t", i);
      return next == std::string_view::npos ? std::string_view() : line.substr(next);
    }
  }
  return {};
}

std::string_view comment_of(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  for (int field = 0; field < 2; ++field) {
    line.remove_prefix(std::min(line.find_first_of(kBlank), line.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  return line;
}

std::string fingerprint_line(const ssh::PublicKey& key, std::string_view comment) {
  return std::to_string(key.bits()) + " " + key.fingerprint() + " " +
         (comment.empty() ? std::string("no comment")
                          : base::escape_for_display(comment, ssh::kCommentMax)) +
         " (" + std::string(key.short_name()) + ")\n";
}

std::string fingerprints_of(std::string_view text) {
  std::string out;
  Lines lines(text);
  while (auto line = lines.next()) {
    const std::size_t begin = std::min(line->find_first_not_of(" \t\r"), line->size());
    std::string_view rest = line->substr(begin);
    if (rest.empty() || rest.front() == '#') {
      continue;
    }
    auto key = ssh::PublicKey::parse_line(rest);
    if (!key) {
      rest = after_options(rest);
      key = ssh::PublicKey::parse_line(rest);
    }
    if (key) {
      out += fingerprint_line(*key, comment_of(rest));
    }
  }
  return out;
}

// fingerprint_of_private gives the public part of a private key file; the comment is in the .pub
// file beside it.
Result<std::string> fingerprint_of_private(const std::string& file, const Bytes& bytes) {
  TRY(key, ssh::public_key_of_file(bytes).with_context(file));
  const auto beside = base::read_file(file + ".pub", ssh::kPrivateKeyFileMax);
  std::string_view comment;
  if (beside) {
    Lines lines(base::as_text(*beside));
    const std::string_view line = lines.next().value_or(std::string_view());
    const auto same = ssh::PublicKey::parse_line(line);
    comment = same && *same == key ? comment_of(line) : std::string_view();
  }
  return fingerprint_line(key, comment);
}

}  // namespace

Status git_sign_verify(const GitSignOptions& options, const GitSignContext& context) {
  return report(verify(options, context), "for " + options.principal + " ", options, context);
}

Status git_sign_check(const GitSignOptions& options, const GitSignContext& context) {
  return report(check_message(options, context), {}, options, context);
}

Status git_sign_find_principals(const GitSignOptions& options, const GitSignContext& context) {
  TRY(sig, read_signature_file(options));
  TRY(allowed, read_allowed(options.file));
  std::string text;
  for (const std::string& principal : allowed.find_principals(sig.key, options.verify_time)) {
    text += principal + "\n";
  }
  if (text.empty()) {
    return fail(Code::kUntrustedSigner, "no principal matched: " + sig.key.fingerprint());
  }
  return print(context, text);
}

Status git_sign_match_principals(const GitSignOptions& options, const GitSignContext& context) {
  TRY(allowed, read_allowed(options.file));
  std::string text;
  for (const ssh::AllowedSigner& signer : allowed.signers()) {
    if (ssh::match_pattern_list(options.principal, signer.principals)) {
      text += signer.principals + "\n";
    }
  }
  if (text.empty()) {
    return fail(Code::kUntrustedSigner, "no principal matched");
  }
  return print(context, text);
}

Status git_sign_fingerprint(const GitSignOptions& options, const GitSignContext& context) {
  auto bytes = options.file == "-" ? base::read_descriptor(context.input, kRevokedKeysFileMax)
                                   : base::read_input(options.file, kRevokedKeysFileMax);
  if (!bytes) {
    return fail(std::move(bytes.error()));
  }
  const std::string_view text = base::as_text(*bytes);
  std::string out;
  if (text.starts_with("-----BEGIN ")) {
    TRY_ASSIGN(out, fingerprint_of_private(options.file, *bytes));
  } else {
    out = fingerprints_of(text);
  }
  if (out.empty()) {
    return fail(Code::kMalformed, options.file + ": no public key in it");
  }
  return print(context, out);
}

}  // namespace touchstone::git
