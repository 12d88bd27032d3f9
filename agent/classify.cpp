// SPDX-License-Identifier: Apache-2.0
#include "agent/classify.h"

#include <array>

#include "agent/key_test.h"
#include "git-integration/git_object.h"

namespace touchstone::agent {
namespace {

constexpr std::string_view kConnectionService = "ssh-connection";
constexpr std::string_view kCertificateKeyType = "-cert-v01@openssh.com";
constexpr std::size_t kCertificateNameMax = 128;

// is_certificate_body recognises what a CA signs: a certificate starts with its own type
// (PROTOCOL.certkeys).
bool is_certificate_body(base::ByteView data) {
  base::Reader reader(data);
  const auto name = reader.text(kCertificateNameMax);
  return name.has_value() && std::string_view(*name).ends_with(kCertificateKeyType);
}

Purpose purpose_of_namespace(std::string_view name_space) {
  if (name_space == kReleaseNamespace) {
    return Purpose::kRelease;
  }
  if (name_space == kApprovalNamespace) {
    return Purpose::kApproval;
  }
  if (name_space == git::kBatchNamespace) {
    return Purpose::kBatch;
  }
  return Purpose::kFile;
}

Purpose purpose_of(git::ObjectKind kind) {
  switch (kind) {
    case git::ObjectKind::kCommit:
      return Purpose::kCommit;
    case git::ObjectKind::kTag:
      return Purpose::kTag;
    case git::ObjectKind::kPushCertificate:
      return Purpose::kPush;
  }
  return Purpose::kUnknown;
}

// parse_batch takes the manifest of a batch that is to be signed with the key asked for.
base::Result<git::BatchManifest> parse_batch(const ssh::SignObject& request) {
  TRY(batch, git::parse_batch_manifest(base::as_text(request.object)));
  TRY(key, ssh::PublicKey::parse(request.key_blob));
  if (batch.signer != key.fingerprint()) {
    return base::fail(base::Code::kMalformed, "batch manifest: it names another key");
  }
  return batch;
}

base::Result<ssh::SshSigHash> hash_named(std::string_view name) {
  for (const ssh::SshSigHash hash : {ssh::SshSigHash::kSha512, ssh::SshSigHash::kSha256}) {
    if (ssh::name_of(hash) == name) {
      return hash;
    }
  }
  return base::fail(base::Code::kUnsupported, "hash " + std::string(name));
}

}  // namespace

bool needs_object(std::string_view name_space) {
  return name_space == git::kGitNamespace || name_space == git::kPolicyNamespace ||
         purpose_of_namespace(name_space) != Purpose::kFile;
}

Classified classify(base::ByteView data, base::ByteView key_blob) {
  Classified result;
  if (auto sshsig = ssh::SshSigData::parse(data); sshsig.has_value()) {
    result.bare_hash = true;
    result.purpose = needs_object(sshsig->name_space) ? Purpose::kUnknown : Purpose::kFile;
    result.sshsig = std::move(*sshsig);
    return result;
  }
  if (auto login = ssh::UserauthRequest::parse(data); login.has_value()) {
    const bool ours =
        base::equal(login->key.blob(), key_blob) || base::equal(login->key.plain_blob(), key_blob);
    if (ours && login->service == kConnectionService) {
      result.purpose = Purpose::kLogin;
      result.login = std::move(*login);
    }
    return result;
  }
  if (is_certificate_body(data)) {
    result.purpose = Purpose::kCertificate;
  } else if (is_key_test(data)) {
    result.purpose = Purpose::kTest;
  }
  return result;
}

base::Result<Classified> classify_object(const ssh::SignObject& request) {
  TRY(hash, hash_named(request.hash_name));
  if (request.name_space.empty()) {
    return base::fail(base::Code::kMalformed, "empty namespace");
  }
  Classified result;
  if (request.name_space == git::kGitNamespace) {
    TRY_ASSIGN(result.object, git::parse_payload(request.object));
    result.purpose = purpose_of(result.object->kind());
  } else {
    if (request.name_space == git::kPolicyNamespace) {
      TRY_ASSIGN(result.policy_change, git::parse_policy_change_statement(request.object));
    }
    result.purpose = purpose_of_namespace(request.name_space);
    if (result.purpose == Purpose::kBatch) {
      TRY_ASSIGN(result.batch, parse_batch(request));
    }
  }
  result.sshsig = ssh::SshSigData::of_message(request.name_space, hash, request.object);
  return result;
}

}  // namespace touchstone::agent
