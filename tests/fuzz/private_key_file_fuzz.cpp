// SPDX-License-Identifier: Apache-2.0
#include "ssh/armor.h"
#include "ssh/limits.h"
#include "ssh/private_key_file.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

namespace {

constexpr std::string_view kLabel = "OPENSSH PRIVATE KEY";
constexpr std::string_view kMagic{"openssh-key-v1\0", 15};

// A round of bcrypt takes milliseconds: only containers that ask for one are decrypted, and only
// when fuzzing; the replay of seeds stops where the passphrase is asked for.
bool decrypts([[maybe_unused]] base::ByteView container) {
#ifdef TOUCHSTONE_FUZZING
  base::Reader reader(container);
  const auto read_rounds = [&reader]() -> base::Result<std::uint32_t> {
    TRY_VOID(reader.expect(base::as_bytes(kMagic)));
    TRY_VOID(reader.string(ssh::kPrivateKeyFileMax));
    TRY_VOID(reader.string(ssh::kPrivateKeyFileMax));
    TRY(options, reader.string(ssh::kPrivateKeyFileMax));
    base::Reader fields(options);
    TRY_VOID(fields.string(ssh::kPrivateKeyFileMax));
    return fields.u32();
  };
  const auto rounds = read_rounds();
  return rounds.has_value() && *rounds == 1;
#else
  return false;
#endif
}

void check(base::ByteView file, base::ByteView container) {
  const auto passphrase = [&]() -> base::Result<base::Secret> {
    if (!decrypts(container)) {
      return base::fail(base::Code::kPinCancelled);
    }
    return base::Secret::copy_of(base::as_bytes("passphrase"));
  };
  const auto key = ssh::parse_private_key_file(file, passphrase);
  if (!key) {
    return;
  }
  const auto public_key = ssh::public_key_of_file(file);
  FUZZ_CHECK(public_key.has_value() && *public_key == key->key);
  const auto written = ssh::format_private_key_file(*key, nullptr);
  FUZZ_CHECK(written.has_value());
  const auto again = ssh::parse_private_key_file(*written, passphrase);
  FUZZ_CHECK(again.has_value() && again->key == key->key && again->flags == key->flags &&
             again->key_handle == key->key_handle && again->comment == key->comment);
}

}  // namespace

// The input is a file, or what is in one: base64 would keep the fuzzer from its insides.
void fuzz(base::ByteView bytes) {
  if (base::as_text(bytes).starts_with("-----")) {
    const auto container = ssh::unwrap_armor(kLabel, base::as_text(bytes), ssh::kPrivateKeyFileMax,
                                             ssh::ArmorForm::kFile);
    check(bytes, container.has_value() ? base::ByteView(*container) : base::ByteView());
  } else {
    check(base::as_bytes(ssh::wrap_armor(kLabel, bytes)), bytes);
  }
}
