// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <fido.h>
#include <fido/credman.h>

#include "tests/emulators/fido2/memory_link.h"

namespace touchstone::emulators::fido2 {

// The emulator is judged by libfido2, which was not written here: these tests run it in their
// own process, on a token in memory.

struct DeviceDeleter {
  void operator()(fido_dev_t* device) const {
    fido_dev_close(device);
    fido_dev_free(&device);
  }
};
using Device = std::unique_ptr<fido_dev_t, DeviceDeleter>;

struct CredDeleter {
  void operator()(fido_cred_t* cred) const { fido_cred_free(&cred); }
};
using Cred = std::unique_ptr<fido_cred_t, CredDeleter>;

struct AssertDeleter {
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
};
using Assert = std::unique_ptr<fido_assert_t, AssertDeleter>;

// open_device gives null and the error when libfido2 cannot open the token.
Device open_device(MemoryToken& token, int* error = nullptr);

constexpr char kRpId[] = "ssh:test";

// new_credential fills a request for `kRpId` and this algorithm.
Cred new_credential(int algorithm);
int make(fido_dev_t* device, fido_cred_t* cred, const char* pin = nullptr);
// verify_attestation is fido_cred_verify: the signature with the certificate's key.
int verify_attestation(const fido_cred_t* cred);

Assert new_assertion(const fido_cred_t* cred);
int get(fido_dev_t* device, fido_assert_t* assertion, const char* pin = nullptr);
// verify_signature is fido_assert_verify with the key from enrolment.
int verify_signature(fido_assert_t* assertion, const fido_cred_t* cred);

}  // namespace touchstone::emulators::fido2
