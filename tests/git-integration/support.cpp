// SPDX-License-Identifier: Apache-2.0
#include "tests/git-integration/support.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "git-integration/process.h"
#include "ssh/ed25519.h"
#include "ssh/signature.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::ByteView;
using base::Writer;

constexpr std::size_t kScalarBytes = 32;
const std::string kAuthor = "A U Thor <author@example.com> 1700000000 +0000";

template <class T>
T must(base::Result<T> result) {
  if (!result) {
    ADD_FAILURE() << base::message_of(result.error());
    std::abort();
  }
  return std::move(*result);
}

// der_integer takes one INTEGER of an ECDSA signature and pads it.
Bytes der_integer(base::Reader& reader) {
  must(reader.u8());
  const std::size_t size = must(reader.u8());
  ByteView digits = must(reader.take(size));
  while (digits.size() > kScalarBytes) {
    digits = digits.subspan(1);
  }
  Bytes padded(kScalarBytes - digits.size(), 0);
  padded.insert(padded.end(), digits.begin(), digits.end());
  return padded;
}

std::string base64url(ByteView bytes) {
  std::string text = base::to_base64(bytes, base::Padding::kWithout);
  for (char& c : text) {
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return text;
}

base::PublicKey public_part(EVP_PKEY* pair, bool edwards) {
  base::PublicKey key;
  std::size_t size = 0;
  if (edwards) {
    key.algorithm = base::KeyAlgorithm::kEd25519;
    EVP_PKEY_get_raw_public_key(pair, nullptr, &size);
    key.material.resize(size);
    EVP_PKEY_get_raw_public_key(pair, key.material.data(), &size);
    return key;
  }
  key.algorithm = base::KeyAlgorithm::kEcdsaP256;
  EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0, &size);
  key.material.resize(size);
  EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, key.material.data(),
                                  key.material.size(), &size);
  return key;
}

std::string read_back(int file) {
  lseek(file, 0, SEEK_SET);
  return std::string(base::as_text(must(base::read_descriptor(file, 64 * 1024 * 1024))));
}

}  // namespace

SoftKey SoftKey::make(bool edwards, bool sk, std::string_view application) {
  std::shared_ptr<EVP_PKEY> pair(edwards ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                         : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
                                 EVP_PKEY_free);
  if (!edwards) {
    EVP_PKEY_set_utf8_string_param(pair.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                   "uncompressed");
  }
  const base::PublicKey key = public_part(pair.get(), edwards);
  if (sk) {
    return SoftKey(pair, must(ssh::PublicKey::from_token(key, application)));
  }
  Writer blob;
  if (edwards) {
    blob.string("ssh-ed25519").string(key.material);
  } else {
    blob.string("ecdsa-sha2-nistp256").string("nistp256").string(key.material);
  }
  return SoftKey(pair, must(ssh::PublicKey::parse(blob.bytes())));
}

SoftKey SoftKey::ed25519() { return make(true, false, {}); }
SoftKey SoftKey::p256() { return make(false, false, {}); }
SoftKey SoftKey::sk_ed25519(std::string_view application) { return make(true, true, application); }
SoftKey SoftKey::sk_p256(std::string_view application) { return make(false, true, application); }

SoftKey SoftKey::sk_identity() {
  base::PublicKey key{base::KeyAlgorithm::kEd25519, Bytes(ssh::kEd25519KeyBytes)};
  key.material.front() = 1;
  return SoftKey(nullptr, must(ssh::PublicKey::from_token(key, "ssh:")));
}

std::string SoftKey::line(std::string_view principal) const {
  return std::string(principal) + " " + key_.line() + "\n";
}

Bytes SoftKey::raw_signature(ByteView data) const {
  if (!pair_) {
    Bytes r_and_zero = key_.key().material;
    r_and_zero.resize(2 * ssh::kEd25519KeyBytes);
    return r_and_zero;
  }
  const bool edwards = key_.key().algorithm == base::KeyAlgorithm::kEd25519;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, edwards ? nullptr : EVP_sha256(), nullptr,
                     pair_.get());
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size());
  Bytes signature(size);
  EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size());
  signature.resize(size);
  if (edwards) {
    return signature;
  }
  base::Reader der(signature);
  must(der.take(2));
  Bytes fixed = der_integer(der);
  const Bytes second = der_integer(der);
  fixed.insert(fixed.end(), second.begin(), second.end());
  return fixed;
}

Bytes SoftKey::webauthn_signature(ByteView data, std::uint8_t flags, std::uint32_t counter) const {
  const std::string origin = "https://git.example";
  const std::string client_data = R"({"type":"webauthn.get","challenge":")" + base64url(data) +
                                  R"(","origin":")" + origin + R"(","crossOrigin":false})";
  Writer message;
  message.raw(base::sha256(base::as_bytes(*key_.application())));
  message.u8(flags).u32(counter);
  message.raw(base::sha256(base::as_bytes(client_data)));
  const Bytes raw = raw_signature(message.bytes());
  const ByteView both(raw);
  Writer numbers;
  numbers.mpint(both.first(kScalarBytes)).mpint(both.subspan(kScalarBytes));
  Writer signature;
  signature.string("webauthn-sk-ecdsa-sha2-nistp256@openssh.com").string(numbers.bytes());
  signature.u8(flags).u32(counter).string(origin).string(client_data).string("");
  return std::move(signature).take();
}

Bytes SoftKey::ssh_signature(ByteView data, const How& how) const {
  const std::uint32_t counter = how.counter ? *how.counter : (*next_counter_)++;
  if (how.webauthn) {
    return webauthn_signature(data, how.flags, counter);
  }
  base::TokenSignature token;
  if (key_.is_sk()) {
    Writer message;
    message.raw(base::sha256(base::as_bytes(*key_.application())));
    message.u8(how.flags).u32(counter).raw(base::sha256(data));
    token = {raw_signature(message.bytes()), how.flags, counter};
  } else {
    token.signature = raw_signature(data);
  }
  return base::to_bytes(must(ssh::Signature::from_token(key_, token)).blob());
}

SoftKey SoftKey::certified_by(const SoftKey& ca, const Certificate& what) const {
  Writer principals;
  principals.string("alice@example.com");
  Writer critical;
  for (const auto& [name, value] : what.critical) {
    Writer data;
    data.string(value);
    critical.string(name).string(value.empty() ? ByteView() : ByteView(data.bytes()));
  }
  Writer blob;
  blob.string("sk-ssh-ed25519-cert-v01@openssh.com").string(Bytes(32, 1));
  blob.string(key_.key().material).string(*key_.application()).u64(1).u32(what.type).string("id");
  blob.string(principals.bytes()).u64(0).u64(UINT64_MAX).string(critical.bytes());
  blob.string("").string("").string(ca.key_.blob());
  blob.string(ca.ssh_signature(blob.bytes(), How{.flags = what.ca_flags}));
  return SoftKey(pair_, must(ssh::PublicKey::parse(blob.bytes())));
}

Bytes SoftKey::sign_blob(ByteView message, const How& how) const {
  const Bytes data = ssh::SshSigData::of_message(how.name_space, how.hash, message).encode();
  Writer blob;
  blob.raw("SSHSIG").u32(1).string(key_.blob()).string(how.name_space).string(how.reserved);
  blob.string(name_of(how.hash)).string(ssh_signature(data, how));
  return std::move(blob).take();
}

std::string SoftKey::sign(std::string_view message, const How& how) const {
  return ssh::armor(sign_blob(base::as_bytes(message), how));
}

std::string twin_of(const std::string& armored) {
  ssh::SshSig sig = must(ssh::SshSig::parse_armored(armored));
  const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), EC_GROUP_free);
  Bytes raw = base::to_bytes(sig.signature.raw());
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> scalar(
      BN_bin2bn(raw.data() + kScalarBytes, kScalarBytes, nullptr), BN_free);
  BN_sub(scalar.get(), EC_GROUP_get0_order(group.get()), scalar.get());
  BN_bn2binpad(scalar.get(), raw.data() + kScalarBytes, kScalarBytes);
  const ssh::SkFields& fields = *sig.signature.sk();
  sig.signature = must(
      ssh::Signature::from_token(sig.key, base::TokenSignature{raw, fields.flags, fields.counter}));
  return sig.armored();
}

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "touchstone-git-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    std::abort();
  }
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Scratch::write(std::string_view name, std::string_view text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return (path_ / name).string();
}

std::string Scratch::read(std::string_view name) const {
  std::ostringstream text;
  text << std::ifstream(path_ / name, std::ios::binary).rdbuf();
  return text.str();
}

void isolate(const Scratch& scratch) {
  const std::string home = scratch.path().string();
  setenv("HOME", home.c_str(), 1);
  setenv("XDG_CONFIG_HOME", (home + "/.config").c_str(), 1);
  setenv("GIT_CONFIG_GLOBAL", (home + "/gitconfig").c_str(), 1);
  setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
  setenv("TZ", "UTC", 1);
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_CONFIG_COUNT", "SSH_AUTH_SOCK",
                           "XDG_CACHE_HOME", "XDG_STATE_HOME"}) {
    unsetenv(name);
  }
}

Ran run(const std::vector<std::string>& arguments, std::string_view input,
        const std::vector<std::string>& variables) {
  const base::FileDescriptor in(memfd_create("in", MFD_CLOEXEC));
  const base::FileDescriptor out(memfd_create("out", MFD_CLOEXEC));
  const base::FileDescriptor error(memfd_create("error", MFD_CLOEXEC));
  EXPECT_TRUE(base::write_all(in.get(), base::as_bytes(input)));
  lseek(in.get(), 0, SEEK_SET);
  std::vector<std::string> environment = variables;
  for (std::size_t i = 0; environ[i] != nullptr; ++i) {
    environment.emplace_back(environ[i]);
  }
  Child child = must(Child::start(arguments, environment, in.get(), out.get(), error.get()));
  Ran ran;
  ran.status = must(child.wait());
  ran.out = read_back(out.get());
  ran.error = read_back(error.get());
  return ran;
}

Repository::Repository(std::string_view object_format) : sha256_(object_format == "sha256") {
  isolate(scratch_);
  const Ran made = run(
      {"git", "init", "-q", "-b", "main", "--object-format=" + std::string(object_format), path()});
  EXPECT_EQ(made.status, 0) << made.error;
  git_ok({"config", "user.name", "A U Thor"});
  git_ok({"config", "user.email", "author@example.com"});
}

Ran Repository::git(std::vector<std::string> arguments, std::string_view input) const {
  arguments.insert(arguments.begin(), {"git", "-C", path()});
  return run(arguments, input);
}

std::string Repository::git_ok(std::vector<std::string> arguments, std::string_view input) const {
  const std::string name = arguments.front();
  Ran ran = git(std::move(arguments), input);
  EXPECT_EQ(ran.status, 0) << name << ": " << ran.error;
  if (ran.out.ends_with('\n')) {
    ran.out.pop_back();
  }
  return ran.out;
}

std::string Repository::commit_text(const std::vector<std::string>& parents,
                                    std::string_view message,
                                    std::string_view extra_headers) const {
  std::string text = "tree " + git_ok({"mktree"}) + "\n";
  for (const std::string& parent : parents) {
    text += "parent " + parent + "\n";
  }
  text += "author " + kAuthor + "\ncommitter " + kAuthor + "\n";
  text += extra_headers;
  text += "\n";
  text += message;
  return text;
}

std::string Repository::with_signature(const std::string& commit,
                                       const std::string& armored) const {
  std::string folded = sha256_ ? "gpgsig-sha256 " : "gpgsig ";
  for (std::size_t i = 0; i < armored.size(); ++i) {
    folded += armored[i];
    if (armored[i] == '\n' && i + 1 < armored.size()) {
      folded += ' ';
    }
  }
  const std::size_t end = commit.find("\n\n") + 1;
  return commit.substr(0, end) + folded + commit.substr(end);
}

std::string Repository::store(std::string_view type, std::string_view text) const {
  return git_ok({"hash-object", "-t", std::string(type), "-w", "--stdin", "--literally"}, text);
}

std::string Repository::signed_commit(const SoftKey& key, const std::vector<std::string>& parents,
                                      std::string_view message, const SoftKey::How& how) const {
  const std::string text = commit_text(parents, message);
  return store("commit", with_signature(text, key.sign(text, how)));
}

void Repository::set_head(const std::string& id) const {
  git_ok({"update-ref", "refs/heads/main", id});
}

void Repository::allow(std::string_view lines) const {
  git_ok({"config", "gpg.ssh.allowedSignersFile", scratch_.write("allowed", lines)});
}

}  // namespace touchstone::git
