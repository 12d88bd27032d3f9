// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

// libfido2's headers name a type that OpenSSL hides with OPENSSL_NO_DEPRECATED. A declaration is
// all they need; we use none of the functions that take it.
using EC_KEY = struct ec_key_st;

#include <fido.h>
#include <fido/credman.h>
#include <fido/eddsa.h>
#include <fido/es256.h>

namespace touchstone::tokens::fido2 {

// libfido2's objects, each freed by its own function.
template <auto kFree>
struct FidoFree {
  template <class T>
  void operator()(T* object) const {
    kFree(&object);
  }
};

struct DeviceFree {
  void operator()(fido_dev_t* device) const {
    fido_dev_close(device);
    fido_dev_free(&device);
  }
};

using DeviceHandle = std::unique_ptr<fido_dev_t, DeviceFree>;
using InfoHandle = std::unique_ptr<fido_cbor_info_t, FidoFree<&fido_cbor_info_free>>;
using AssertHandle = std::unique_ptr<fido_assert_t, FidoFree<&fido_assert_free>>;
using CredHandle = std::unique_ptr<fido_cred_t, FidoFree<&fido_cred_free>>;
using EddsaHandle = std::unique_ptr<eddsa_pk_t, FidoFree<&eddsa_pk_free>>;
using Es256Handle = std::unique_ptr<es256_pk_t, FidoFree<&es256_pk_free>>;
using RpsHandle = std::unique_ptr<fido_credman_rp_t, FidoFree<&fido_credman_rp_free>>;
using RksHandle = std::unique_ptr<fido_credman_rk_t, FidoFree<&fido_credman_rk_free>>;

}  // namespace touchstone::tokens::fido2
