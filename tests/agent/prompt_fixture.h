// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/prompt.h"

namespace touchstone::agent {

inline Prompt commit_prompt() {
  Prompt prompt;
  prompt.number = 12;
  prompt.subject.purpose = Purpose::kCommit;
  prompt.subject.headline = "sign commit: fix typo";
  prompt.subject.facts = {{"repository", "/home/a/project", FactSource::kClaimed},
                          {"author", "A <a@example.org>", FactSource::kVerified}};
  prompt.client.pid = 123;
  prompt.client.uid = 1000;
  prompt.client.program = "/usr/bin/git";
  prompt.key_name = "work";
  prompt.key_fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrxS7GLfU7vGAAAAAAAAAAAA";
  prompt.token = "Yubico YubiKey (/dev/hidraw0)";
  prompt.digest = "1a2b 3c4d";
  return prompt;
}

}  // namespace touchstone::agent
