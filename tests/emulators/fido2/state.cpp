// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/file.h"
#include "tests/emulators/fido2/cbor.h"

namespace touchstone::emulators::fido2 {
namespace {

constexpr int kFormatVersion = 1;

// Fields reads a map of the state file and remembers whether everything was there.
class Fields final {
 public:
  explicit Fields(const Cbor& map) : map_(map) {}

  base::Bytes bytes(std::string_view key) { return get<base::Bytes>(key); }
  std::string text(std::string_view key) { return get<std::string>(key); }
  bool boolean(std::string_view key) { return get<bool>(key); }
  template <class T>
  T number(std::string_view key) {
    const std::int64_t value = get<std::int64_t>(key);
    if (value < 0 || std::cmp_greater(value, std::numeric_limits<T>::max())) {
      good_ = false;
      return T{};
    }
    return static_cast<T>(value);
  }
  int plain_int(std::string_view key) { return static_cast<int>(get<std::int64_t>(key)); }
  bool good() const { return good_; }

 private:
  template <class T>
  T get(std::string_view key) {
    const Cbor* item = map_.find(key);
    const T* value = item == nullptr ? nullptr : std::get_if<T>(&item->value);
    good_ = good_ && value != nullptr;
    return value == nullptr ? T{} : *value;
  }

  const Cbor& map_;
  bool good_ = true;
};

Cbor encode_credential(const Credential& credential) {
  return CborMap{{"id", credential.id},
                 {"algorithm", static_cast<int>(credential.algorithm)},
                 {"private-key", credential.private_key},
                 {"rp-id", credential.rp_id},
                 {"rp-name", credential.rp_name},
                 {"rp-id-hash", base::ByteView(credential.rp_id_hash)},
                 {"user-id", credential.user.id},
                 {"user-name", credential.user.name},
                 {"user-display-name", credential.user.display_name},
                 {"resident", credential.resident},
                 {"protect", static_cast<int>(credential.protect)},
                 {"hmac-secret-uv", credential.hmac_secret_with_uv},
                 {"hmac-secret", credential.hmac_secret_without_uv},
                 {"counter", std::int64_t{credential.counter}}};
}

base::Result<Credential> decode_credential(const Cbor& item) {
  Fields fields(item);
  Credential out;
  out.id = fields.bytes("id");
  const int algorithm = fields.plain_int("algorithm");
  out.algorithm =
      algorithm == static_cast<int>(Algorithm::kEdDsa) ? Algorithm::kEdDsa : Algorithm::kEs256;
  out.private_key = fields.bytes("private-key");
  out.rp_id = fields.text("rp-id");
  out.rp_name = fields.text("rp-name");
  const base::Bytes hash = fields.bytes("rp-id-hash");
  out.user.id = fields.bytes("user-id");
  out.user.name = fields.text("user-name");
  out.user.display_name = fields.text("user-display-name");
  out.resident = fields.boolean("resident");
  const auto protect = fields.number<std::uint8_t>("protect");
  out.hmac_secret_with_uv = fields.bytes("hmac-secret-uv");
  out.hmac_secret_without_uv = fields.bytes("hmac-secret");
  out.counter = fields.number<std::uint32_t>("counter");
  if (!fields.good() || hash.size() != out.rp_id_hash.size() || protect < 1 || protect > 3 ||
      static_cast<int>(out.algorithm) != algorithm) {
    return base::fail(base::Code::kMalformed, "credential in the token's state");
  }
  std::copy(hash.begin(), hash.end(), out.rp_id_hash.begin());
  out.protect = CredProtect{protect};
  return out;
}

State new_state() {
  State state;
  const Pkey key = generate_key(Algorithm::kEs256);
  state.attestation_key = private_key_der(key);
  return state;
}

}  // namespace

base::Bytes encode_state(const State& state) {
  CborArray credentials;
  for (const Credential& credential : state.credentials) {
    credentials.push_back(encode_credential(credential));
  }
  return encode_cbor(
      CborMap{{"version", kFormatVersion},
              {"credentials", std::move(credentials)},
              {"counter", std::int64_t{state.counter}},
              {"pin-hash", state.pin_hash.has_value() ? *state.pin_hash : base::Bytes{}},
              {"pin-tries", int{state.pin_tries}},
              {"attestation-key", state.attestation_key},
              {"attestation-certificate", state.attestation_certificate},
              {"signatures", std::size_t{state.signatures}},
              {"silent-signatures", std::size_t{state.silent_signatures}}});
}

base::Result<State> decode_state(base::ByteView bytes) {
  TRY(item, decode_cbor(bytes, kStateItemsMax));
  Fields fields(item);
  if (fields.plain_int("version") != kFormatVersion) {
    return base::fail(base::Code::kUnsupported, "version of the token's state");
  }
  State state;
  state.counter = fields.number<std::uint32_t>("counter");
  const base::Bytes pin_hash = fields.bytes("pin-hash");
  state.pin_tries = fields.number<std::uint8_t>("pin-tries");
  state.attestation_key = fields.bytes("attestation-key");
  state.attestation_certificate = fields.bytes("attestation-certificate");
  state.signatures = fields.number<std::uint64_t>("signatures");
  state.silent_signatures = fields.number<std::uint64_t>("silent-signatures");
  const Cbor* credentials = item.find("credentials");
  if (!fields.good() || credentials == nullptr || credentials->array() == nullptr ||
      (!pin_hash.empty() && pin_hash.size() != kPinHashBytes)) {
    return base::fail(base::Code::kMalformed, "the token's state");
  }
  if (!pin_hash.empty()) {
    state.pin_hash = pin_hash;
  }
  for (const Cbor& credential : *credentials->array()) {
    TRY(decoded, decode_credential(credential));
    state.credentials.push_back(std::move(decoded));
  }
  return state;
}

base::Result<std::unique_ptr<Store>> Store::open(std::filesystem::path path) {
  std::unique_ptr<Store> store(new Store(std::move(path)));
  std::error_code ignored;
  if (store->path_.empty() || !std::filesystem::exists(store->path_, ignored)) {
    store->state = new_state();
    TRY_VOID(store->save());
    return store;
  }
  TRY(bytes, base::read_file(store->path_, kStateFileBytesMax));
  TRY_ASSIGN(store->state, decode_state(bytes).with_context(store->path_.string()));
  return store;
}

base::Status Store::save() const {
  if (path_.empty()) {
    return {};
  }
  return base::write_file_atomically(path_, encode_state(state), 0600);
}

}  // namespace touchstone::emulators::fido2
