// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/attestation.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace touchstone::emulators::fido2 {
namespace {

constexpr char kRootKeyLabel[] = "touchstone emulated attestation root: proves nothing";
constexpr char kRootName[] = "Touchstone Emulator Root - proves nothing";
constexpr char kAaguidOid[] = "1.3.6.1.4.1.45724.1.1.4";
constexpr char kNotBefore[] = "20200101000000Z";
constexpr char kNotAfter[] = "20700101000000Z";
constexpr long kVersion3 = 2;

void must(bool good) {
  if (!good) {
    throw std::runtime_error("OpenSSL: X.509");
  }
}

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freer<ASN1_OCTET_STRING_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>>;
using Constraints = std::unique_ptr<BASIC_CONSTRAINTS, Freer<BASIC_CONSTRAINTS_free>>;
using Memory = std::unique_ptr<BIO, Freer<BIO_free_all>>;

void add_name_entry(X509_NAME* name, const char* field, std::string_view value) {
  const base::ByteView bytes = base::as_bytes(value);
  must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes.data(),
                                  static_cast<int>(bytes.size()), -1, 0) == 1);
}

void add_basic_constraints(X509* certificate, bool ca) {
  const Constraints constraints(BASIC_CONSTRAINTS_new());
  must(constraints != nullptr);
  constraints->ca = ca ? 0xff : 0;
  must(X509_add1_ext_i2d(certificate, NID_basic_constraints, constraints.get(), 1,
                         X509V3_ADD_DEFAULT) == 1);
}

void add_aaguid(X509* certificate, const Aaguid& aaguid) {
  // The extension's value is a DER OCTET STRING around the 16 bytes.
  base::Bytes der = {0x04, static_cast<std::uint8_t>(aaguid.size())};
  der.insert(der.end(), aaguid.begin(), aaguid.end());
  const OctetString value(ASN1_OCTET_STRING_new());
  must(value != nullptr &&
       ASN1_OCTET_STRING_set(value.get(), der.data(), static_cast<int>(der.size())) == 1);
  const Object oid(OBJ_txt2obj(kAaguidOid, 1));
  const Extension extension(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, value.get()));
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate new_certificate(EVP_PKEY* key, long serial) {
  Certificate certificate(X509_new());
  must(certificate != nullptr && X509_set_version(certificate.get(), kVersion3) == 1 &&
       ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial) == 1 &&
       ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), kNotBefore) == 1 &&
       ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), kNotAfter) == 1 &&
       X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

Certificate make_root(const Pkey& key) {
  Certificate root = new_certificate(key.get(), 1);
  X509_NAME* name = X509_get_subject_name(root.get());
  add_name_entry(name, "O", "Touchstone tests");
  add_name_entry(name, "CN", kRootName);
  must(X509_set_issuer_name(root.get(), name) == 1);
  add_basic_constraints(root.get(), true);
  must(X509_sign(root.get(), key.get(), EVP_sha256()) > 0);
  return root;
}

base::Bytes to_der(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  must(size > 0);
  base::Bytes out = base::to_bytes(base::ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return out;
}

}  // namespace

base::Bytes test_root_der() { return to_der(make_root(derive_p256_key(kRootKeyLabel)).get()); }

std::string test_root_pem() {
  const Certificate root = make_root(derive_p256_key(kRootKeyLabel));
  const Memory memory(BIO_new(BIO_s_mem()));
  must(memory != nullptr && PEM_write_bio_X509(memory.get(), root.get()) == 1);
  std::string pem(BIO_ctrl_pending(memory.get()), '\0');
  must(BIO_read(memory.get(), pem.data(), static_cast<int>(pem.size())) ==
       static_cast<int>(pem.size()));
  return pem;
}

base::Bytes issue_attestation_certificate(const Pkey& leaf, const Aaguid& aaguid) {
  const Pkey root_key = derive_p256_key(kRootKeyLabel);
  const Certificate root = make_root(root_key);
  const Certificate certificate = new_certificate(leaf.get(), 2);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  add_name_entry(name, "C", "ZZ");
  add_name_entry(name, "O", "Touchstone tests");
  add_name_entry(name, "OU", "Authenticator Attestation");
  add_name_entry(name, "CN", "Touchstone Emulated Token - proves nothing");
  must(X509_set_issuer_name(certificate.get(), X509_get_subject_name(root.get())) == 1);
  add_basic_constraints(certificate.get(), false);
  if (aaguid != Aaguid{}) {
    add_aaguid(certificate.get(), aaguid);
  }
  must(X509_sign(certificate.get(), root_key.get(), EVP_sha256()) > 0);
  return to_der(certificate.get());
}

}  // namespace touchstone::emulators::fido2
