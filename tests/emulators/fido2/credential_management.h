// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "tests/emulators/fido2/client_pin.h"

namespace touchstone::emulators::fido2 {

// CredentialManagement is authenticatorCredentialManagement (CTAP 2.1 section 6.8): what is
// resident, for whom, and away with it. The caller holds the store's mutex.
class CredentialManagement final {
 public:
  CredentialManagement(Store& store, ClientPin& pin) : store_(store), pin_(pin) {}

  CtapResult handle(const Cbor& parameters);
  // forget ends an enumeration: any other command does.
  void forget();

 private:
  CtapResult metadata() const;
  CtapResult begin_relying_parties();
  CtapResult next_relying_party(bool with_total);
  CtapResult begin_credentials(const Cbor& parameters);
  CtapResult next_credential(bool with_total);
  CtapResult remove(const Cbor& parameters);
  CtapResult update_user(const Cbor& parameters);
  Credential* find_resident(const base::Bytes& id);

  Store& store_;
  ClientPin& pin_;
  std::deque<const Credential*> relying_parties_;  // one credential of each
  std::deque<const Credential*> credentials_;
};

}  // namespace touchstone::emulators::fido2
