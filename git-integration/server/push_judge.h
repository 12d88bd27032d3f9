// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "git-integration/server/push_certificate.h"
#include "git-integration/server/receive_settings.h"
#include "git-integration/server/ref_updates.h"

namespace touchstone::git::server {

// PushRequest is a push as git describes it to a hook.
struct PushRequest {
  std::vector<PushUpdate> updates;
  std::vector<std::string> options;
  std::string certificate;  // blob id (GIT_PUSH_CERT); empty: the push is not signed
  std::string nonce;
  NonceStatus nonce_status{NonceStatus::kMissing};
  std::int64_t nonce_slop_seconds{0};
};

// Refusal is one thing in a push that may not come in.
struct Refusal {
  std::string what;  // "commit 1a2b…", "refs/heads/main", "the push"; from outside, escape it
  base::Error error;
  std::string mend;  // a command for the pusher, may be empty
};

// PushDecision is what becomes of a push. It is accepted when there is no refusal.
struct PushDecision {
  std::vector<Refusal> refusals;
  std::optional<Pusher> pusher;  // of a certificate that holds
  base::Bytes certificate;       // as it came; empty: none
};

// judge_push decides about a push from inside pre-receive: git's quarantine has to be in this
// process's environment. Judged are the commits and tags the push brings, and what it does to
// refs. What a judged ref holds counts as judged, what any other holds does not: a commit must not
// come in by a ref nobody guards.
//
// Fails, and the push has to be refused, when git or the settings do, or when there are no signers
// to judge by.
base::Result<PushDecision> judge_push(const std::string& repository,
                                      const ReceiveSettings& settings, const PushRequest& request,
                                      const base::Clock& clock);

// judge_update decides about one ref of a push, as judge_push does but for the certificate, which
// is about all of them: for the hook `update`.
base::Result<PushDecision> judge_update(const std::string& repository,
                                        const ReceiveSettings& settings, const PushUpdate& update,
                                        const base::Clock& clock);

// judge_outgoing decides, on the pusher's side, about what a push would send to `remote` (its name,
// or its address when it has none): what a remote-tracking branch of it holds is there already.
// old_id of an update is what the remote has, which this repository may lack.
base::Result<PushDecision> judge_outgoing(const std::string& repository,
                                          const ReceiveSettings& settings,
                                          std::vector<PushUpdate> updates,
                                          const std::string& remote, const base::Clock& clock);

}  // namespace touchstone::git::server
