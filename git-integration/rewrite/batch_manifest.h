// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/sshsig.h"

namespace touchstone::git {

// A batch is one touch, with the PIN, for a list of commits (docs/batches.md). What is touched is
// the manifest: the list itself, and of each commit what a person is shown of it.

// kBatchNamespace is the SSHSIG namespace of manifests; never `git`, so that no signature over a
// list can be taken for one over an object.
constexpr std::string_view kBatchNamespace = "touchstone-batch-v1";
constexpr std::string_view kBatchRefs = "refs/touchstone/batches/";

// BatchCommit is a line of a manifest.
struct BatchCommit {
  std::string id;       // hex
  std::string tree;     // hex
  std::string subject;  // from outside; subject_for_batch of its subject
  bool operator==(const BatchCommit&) const = default;
};

struct BatchManifest {
  std::string repository;  // hex: the introduction, or else a commit without parents
  std::string ref;         // full name, or HEAD
  std::string old_tip;     // hex: what the ref was where it was last known; zeros: nothing
  std::uint64_t seconds{0};
  std::string signer;                // "SHA256:…"
  std::vector<BatchCommit> commits;  // 1 to kBatchMax, none twice
  bool operator==(const BatchManifest&) const = default;
};

// to_text gives the one text of a manifest.
std::string to_text(const BatchManifest& manifest);

// parse_batch_manifest takes a whole manifest. It is strict: to_text of what it gives is the text
// it took. Fails with kUnsupported for another version, kTooLong above kBatchManifestMax,
// kBatchMax commits or another limit, kMalformed otherwise.
base::Result<BatchManifest> parse_batch_manifest(std::string_view text);

// subject_for_batch gives what of a commit's subject a manifest holds: its first kBatchSubjectMax
// bytes.
std::string_view subject_for_batch(std::string_view subject);

// SignedBatch is what is stored: a manifest, and the armored signature after it.
struct SignedBatch {
  BatchManifest manifest;
  std::string text;  // of the manifest
  ssh::SshSig signature;
};
// parse_signed_batch parts the two and demands the canonical form of both. It checks no signature.
base::Result<SignedBatch> parse_signed_batch(std::string_view stored);

// key_of_signed_batch gives the key of the signature that is stored behind a manifest, and reads
// nothing else.
base::Result<ssh::PublicKey> key_of_signed_batch(std::string_view stored);

// check_batch_signature demands that the signature is over this manifest in namespace
// touchstone-batch-v1 with sha512, by the key the manifest names, whose FIDO application is for
// signing, after a touch and with the PIN. Fails with kBadSignature, kNoPresence, kWrongApplication
// or kNoVerification. Whose key that is, is not looked at.
base::Status check_batch_signature(const SignedBatch& batch);

// batch_ref_of gives the full name of the ref a manifest is kept under: its text's SHA-256.
std::string batch_ref_of(std::string_view text);

}  // namespace touchstone::git
