// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "agent/subject.h"
#include "base/bytes.h"
#include "git-integration/git_object.h"
#include "git-integration/policy/policy_change.h"
#include "git-integration/rewrite/batch_manifest.h"
#include "ssh/sshsig.h"
#include "ssh/touchstone_extension.h"
#include "ssh/userauth.h"

namespace touchstone::agent {

// SSHSIG namespaces with a meaning of their own, as has git::kBatchNamespace; any other is for
// files.
constexpr std::string_view kReleaseNamespace = "touchstone-release-v1";
constexpr std::string_view kApprovalNamespace = "touchstone-approve-v1";

// Classified is what the bytes of a request say of themselves. At most one of sshsig and login is
// set; `object` borrows from the request it was found in.
struct Classified {
  Purpose purpose{Purpose::kUnknown};
  std::optional<ssh::SshSigData> sshsig;
  std::optional<ssh::UserauthRequest> login;
  std::optional<git::ParsedObject> object;
  std::optional<git::PolicyChangeStatement> policy_change;
  std::optional<git::BatchManifest> batch;
  // The hash is all there is: the agent cannot tell what it is of.
  bool bare_hash{false};
};

// classify takes the data of a plain sign request (RFC 9987 section 5.6) for the key with that
// blob. Nothing the client says counts, only what the signature would cover. A login is one only
// when it is for this very key and for service ssh-connection. Random bytes are a test of the key
// (key_test.h). Anything else is kUnknown, and so is a bare hash in a namespace that is kept for
// objects the agent has to see.
Classified classify(base::ByteView data, base::ByteView key_blob);

// classify_object takes a whole object and hashes it itself. Namespace git is for what git signs
// and nothing else: kNotAGitObject, kMalformed or kTooLong otherwise; likewise kPolicyNamespace for
// statements of a policy's change, and kBatchNamespace for manifests that name this very key.
// kUnsupported for an unknown hash, kMalformed for an empty namespace.
base::Result<Classified> classify_object(const ssh::SignObject& request);

// needs_object says whether signatures in that namespace are given for whole objects only.
bool needs_object(std::string_view name_space);

}  // namespace touchstone::agent
