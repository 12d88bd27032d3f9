// SPDX-License-Identifier: Apache-2.0
#include "tokens/attestation/chain.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/digest.h"
#include "tokens/attestation/statement.h"
#include "tokens/limits.h"

namespace touchstone::tokens {
namespace {

using base::ByteView;
using base::Code;
using base::fail;
using base::Result;
using base::Status;

// What stands before the attested credential data: hash, flags, counter; then the AAGUID.
constexpr std::size_t kBeforeCredential = sizeof(base::Sha256) + 5 + 16;

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  // A stack here does not own what is on it.
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;

Result<Certificate> parse_certificate(ByteView der) {
  const std::uint8_t* from = der.data();
  Certificate certificate(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!certificate || from != der.data() + der.size()) {
    return fail(Code::kMalformed, "certificate");
  }
  return certificate;
}

Result<Certificate> leaf_of(const Attestation& attestation) {
  if (attestation.certificates.empty()) {
    return fail(Code::kNoEvidence, "the attestation has no certificate");
  }
  return parse_certificate(attestation.certificates.front());
}

// read_roots puts every certificate of a PEM text into a store.
Result<std::unique_ptr<X509_STORE, FreeX509>> read_roots(ByteView pem) {
  const std::unique_ptr<BIO, FreeX509> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::unique_ptr<X509_STORE, FreeX509> store(X509_STORE_new());
  std::size_t count = 0;
  while (const Certificate root{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
    if (++count > kRootsMax) {
      return fail(Code::kTooLong, "limit " + std::to_string(kRootsMax) + " root certificates");
    }
    X509_STORE_add_cert(store.get(), root.get());
  }
  ERR_clear_error();
  if (count == 0) {
    return fail(Code::kMalformed, "no certificate in PEM");
  }
  return store;
}

using Object = std::unique_ptr<ASN1_OBJECT, FreeX509>;

// extension_of gives an extension's value by its number in dots, null when there is none.
const ASN1_OCTET_STRING* extension_of(const X509* certificate, const char* number) {
  const Object object(OBJ_txt2obj(number, 1));
  const int at = X509_get_ext_by_OBJ(certificate, object.get(), -1);
  return at < 0 ? nullptr : X509_EXTENSION_get_data(X509_get_ext(certificate, at));
}

bool is_for_attestation(const X509* leaf) {
  constexpr std::string_view kUnit = "Authenticator Attestation";
  const X509_NAME* const name = X509_get_subject_name(leaf);
  const int at = X509_NAME_get_index_by_NID(name, NID_organizationalUnitName, -1);
  if (at < 0) {
    return false;
  }
  const ASN1_STRING* const unit = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return base::as_text({ASN1_STRING_get0_data(unit),
                        static_cast<std::size_t>(ASN1_STRING_length(unit))}) == kUnit;
}

// check_leaf holds the leaf to what the standards ask of one. The AAGUID in it is that of the
// authenticator data, where it has one: as an OCTET STRING in the extension's own.
Status check_leaf(X509* leaf, const Attestation& attestation) {
  constexpr const char* kAaguid = "1.3.6.1.4.1.45724.1.1.4";
  constexpr const char* kTransports = "1.3.6.1.4.1.45724.2.1.1";
  constexpr std::size_t kHeader = 2;
  if (X509_check_ca(leaf) != 0) {
    return fail(Code::kNoEvidence, "its certificate is that of an authority");
  }
  const ASN1_OCTET_STRING* const aaguid = extension_of(leaf, kAaguid);
  const bool u2f = attestation.format == "fido-u2f";
  if (!is_for_attestation(leaf) &&
      !(u2f && (aaguid != nullptr || extension_of(leaf, kTransports) != nullptr))) {
    return fail(Code::kNoEvidence, "its certificate is not for attesting FIDO keys");
  }
  if (aaguid == nullptr || u2f) {
    return {};
  }
  const ByteView value(ASN1_STRING_get0_data(aaguid),
                       static_cast<std::size_t>(ASN1_STRING_length(aaguid)));
  const ByteView model = aaguid_of(attestation);
  return value.size() == model.size() + kHeader && base::equal(value.subspan(kHeader), model)
             ? Status()
             : Status(fail(Code::kNoEvidence, "its certificate is for another model"));
}

}  // namespace

Status check_chain(const Attestation& attestation, ByteView roots) {
  TRY(store, read_roots(roots));
  TRY(leaf, leaf_of(attestation));
  TRY_VOID(check_leaf(leaf.get(), attestation));
  std::vector<Certificate> others;
  const std::unique_ptr<STACK_OF(X509), FreeX509> between(sk_X509_new_null());
  for (std::size_t i = 1; i < attestation.certificates.size(); ++i) {
    TRY(other, parse_certificate(attestation.certificates[i]));
    sk_X509_push(between.get(), other.get());
    others.push_back(std::move(other));
  }
  const std::unique_ptr<X509_STORE_CTX, FreeX509> context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), between.get()) != 1) {
    return fail(Code::kSystem, "preparing to check certificates");
  }
  // Makers publish roots that are no CA's own self-signed ones, too.
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
  const bool good = X509_verify_cert(context.get()) == 1;
  const std::string why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  ERR_clear_error();
  return good ? Status() : Status(fail(Code::kNoEvidence, "its certificates: " + why));
}

Result<std::string> issuer_of(const Attestation& attestation) {
  TRY(leaf, leaf_of(attestation));
  const std::unique_ptr<BIO, FreeX509> text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_issuer_name(leaf.get()), 0, XN_FLAG_RFC2253);
  ERR_clear_error();
  char* from = nullptr;
  const long size = BIO_get_mem_data(text.get(), &from);
  return std::string(from, static_cast<std::size_t>(size));
}

base::Bytes credential_id_of(const Attestation& attestation) {
  base::Reader reader{ByteView(attestation.auth_data)};
  if (!reader.take(kBeforeCredential)) {
    return {};
  }
  const auto size = reader.u16();
  const auto id = size ? reader.take(*size) : Result<ByteView>(ByteView());
  return id ? base::to_bytes(*id) : base::Bytes();
}

}  // namespace touchstone::tokens
