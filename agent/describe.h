// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/classify.h"
#include "agent/session_binds.h"
#include "agent/subject.h"

namespace touchstone::agent {

// describe gives what a person is shown for a plain sign request: facts that follow from the
// bytes, or that session-bind has proven, and nothing else.
Subject describe(const Classified& classified, const SessionBinds& binds);

// describe_object does so for a whole object. What only the client says (repository, position)
// is marked as claimed.
Subject describe_object(const Classified& classified, const ssh::SignObject& request);

// short_digest is the start of the SHA-256 of the bytes to be signed, in groups for reading aloud:
// "1a2b-3c4d-5e6f-7a8b".
std::string short_digest(base::ByteView data);

}  // namespace touchstone::agent
