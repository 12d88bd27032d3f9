// SPDX-License-Identifier: Apache-2.0
#include "agent/key_store.h"

#include <array>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/key_file.h"
#include "agent/limits.h"
#include "base/file.h"
#include "tests/agent/temporary_folder.h"
#include "tests/ssh/software_key.h"

namespace touchstone::agent {
namespace {

using base::Code;

class KeyStoreTest : public testing::Test {
 protected:
  KeyStoreTest() : store_(folder_.path() / "state" / "keys") {
    EXPECT_TRUE(store_.load().has_value());
  }

  static StoredKey make(std::string name, Role role = Role::kSign) {
    const ssh::SoftwareKey software(base::KeyAlgorithm::kEd25519);
    Evidence evidence;
    evidence.attestation = {"packed",
                            base::to_bytes("data"),
                            base::to_bytes("signature"),
                            {base::to_bytes("leaf"), base::to_bytes("ca")}};
    evidence.challenge = base::to_bytes("challenge");
    return StoredKey{
        std::move(name),
        role,
        ssh::SkPrivateKey{software.sk("ssh:test"), 0x21, base::to_bytes("handle"), "me"},
        "2026-11-23T09:00:00.000Z",
        "packed",
        "00112233445566778899aabbccddeeff",
        "Token \xff",
        std::move(evidence)};
  }
  // certificate_of makes what ssh-keygen -s would: nobody here looks at the CA's signature.
  static ssh::PublicKey certificate_of(const ssh::PublicKey& key) {
    const ssh::SoftwareKey ca(base::KeyAlgorithm::kEd25519);
    base::Writer body;
    body.string("sk-ssh-ed25519-cert-v01@openssh.com").string("nonce").string(key.key().material);
    body.string(*key.application()).u64(7).u32(1).string("me").string("").u64(0).u64(UINT64_MAX);
    body.string("").string("").string("").string(ca.plain().blob());
    const ssh::Signature signature = ca.sign_plain(body.bytes());
    body.string(signature.blob());
    return ssh::PublicKey::parse(body.bytes()).value();
  }
  std::filesystem::path file(std::string_view name) const { return store_.folder() / name; }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  static Code code_of(const base::Status& status) {
    return status.has_value() ? Code{} : status.error().code;
  }

  TemporaryFolder folder_;
  KeyStore store_;
};

TEST_F(KeyStoreTest, KeepsWhatItIsGiven) {
  const StoredKey key = make("work");
  ASSERT_TRUE(store_.add(key).has_value());
  EXPECT_EQ(mode_of(store_.folder()), 0700U);
  EXPECT_EQ(mode_of(file("work")), 0600U);
  EXPECT_EQ(mode_of(file("work.json")), 0600U);
  KeyStore again(store_.folder());
  ASSERT_TRUE(again.load().has_value());
  const auto found = again.find_named("work");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->role, Role::kSign);
  EXPECT_EQ(found->key.key, key.key.key);
  EXPECT_EQ(found->key.key_handle, key.key.key_handle);
  EXPECT_EQ(found->key.comment, "me");
  EXPECT_TRUE(found->resident());
  EXPECT_FALSE(found->verify_required());
  EXPECT_EQ(found->evidence, key.evidence);
  EXPECT_EQ(found->token, "Token \\xff");  // JSON is UTF-8
  EXPECT_EQ(found->reference().application, "ssh:test");
  EXPECT_EQ(again.find(key.key.key.blob()), found);
}

TEST_F(KeyStoreTest, KeepsTheCertificateOfAKeyAndFindsTheKeyByIt) {
  StoredKey key = make("work");
  key.certificate = certificate_of(key.key.key);
  ASSERT_TRUE(store_.add(key).has_value());
  KeyStore again(store_.folder());
  ASSERT_TRUE(again.load().has_value());
  EXPECT_TRUE(again.problems().empty());
  const auto found = again.find(key.certificate->blob());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->key.key, key.key.key);
  EXPECT_EQ(again.find(key.key.key.blob()), found);
  // Each is unloaded for itself.
  EXPECT_TRUE(again.unload(key.certificate->blob()));
  EXPECT_FALSE(again.unload(key.certificate->blob()));
  EXPECT_EQ(again.find(key.certificate->blob()), nullptr);
  EXPECT_EQ(again.find(key.key.key.blob()), found);
  ASSERT_TRUE(again.load().has_value());
  again.unload_all();
  EXPECT_EQ(again.find(key.certificate->blob()), nullptr);
  ASSERT_TRUE(again.remove("work").has_value());
  EXPECT_TRUE(std::filesystem::is_empty(store_.folder()));
}

TEST_F(KeyStoreTest, TakesNoCertificateOfAnotherKeyAndLoadsTheKeyWithout) {
  const StoredKey key = make("work");
  const StoredKey other = make("other");
  ASSERT_TRUE(store_.add(key).has_value());
  for (const std::string& line : {certificate_of(other.key.key).line(), key.key.key.line(),
                                  std::string("nonsense"), std::string()}) {
    std::ofstream(file("work-cert.pub"), std::ios::trunc) << line << "\n";
    ASSERT_TRUE(store_.load().has_value());
    ASSERT_EQ(store_.problems().size(), 1U) << line;
    EXPECT_EQ(store_.problems().front().file, file("work-cert.pub"));
    ASSERT_EQ(store_.keys().size(), 1U);
    EXPECT_FALSE(store_.keys().front()->certificate.has_value());
  }
}

TEST_F(KeyStoreTest, KeepsTheMarkerOfAKey) {
  ASSERT_TRUE(store_.add(make("work")).has_value());
  EXPECT_EQ(store_.find_named("work")->reference().marker, std::nullopt);
  const tokens::Marker marker{{base::KeyAlgorithm::kEd25519, base::Bytes(32, 7)},
                              base::to_bytes("marker")};
  EXPECT_EQ(store_.mark("play", marker).error().code, Code::kKeyNotFound);
  ASSERT_TRUE(store_.mark("work", marker).has_value());
  EXPECT_EQ(store_.find_named("work")->reference().marker, marker);
  EXPECT_EQ(mode_of(file("work.json")), 0600U);
  KeyStore again(store_.folder());
  ASSERT_TRUE(again.load().has_value());
  EXPECT_EQ(again.find_named("work")->reference().marker, marker);
  EXPECT_EQ(again.find_named("work")->evidence, store_.find_named("work")->evidence);
}

TEST_F(KeyStoreTest, TakesNoNameAndNoKeyTwice) {
  const StoredKey key = make("work");
  ASSERT_TRUE(store_.add(key).has_value());
  EXPECT_EQ(code_of(store_.add(make("work"))), Code::kAlreadyExists);
  StoredKey copy = key;
  copy.name = "copy";
  EXPECT_EQ(code_of(store_.add(copy)), Code::kAlreadyExists);
  // A file that is no key of ours is not written over either.
  std::ofstream(file("foreign")) << "precious";
  EXPECT_EQ(code_of(store_.add(make("foreign"))), Code::kAlreadyExists);
}

TEST_F(KeyStoreTest, LoadsTheOthersWhenOneIsBroken) {
  for (const std::string name : {"a", "b", "c", "d", "e"}) {
    ASSERT_TRUE(store_.add(make(name)).has_value());
  }
  std::ofstream(file("a"), std::ios::trunc) << "rubbish";
  std::ofstream(file("b.json"), std::ios::trunc) << "{}";
  std::filesystem::remove(file("c.json"));
  std::filesystem::permissions(file("d"), std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  ASSERT_TRUE(store_.load().has_value());
  ASSERT_EQ(store_.keys().size(), 1U);
  EXPECT_EQ(store_.keys().front()->name, "e");
  ASSERT_EQ(store_.problems().size(), 4U);
  EXPECT_EQ(store_.problems().at(3).error.code, Code::kPermission);
}

TEST_F(KeyStoreTest, LoadsACopiedKeyOnce) {
  ASSERT_TRUE(store_.add(make("a")).has_value());
  for (const std::string suffix : {"", ".json"}) {
    std::filesystem::copy_file(file("a" + suffix), file("b" + suffix));
  }
  ASSERT_TRUE(store_.load().has_value());
  EXPECT_EQ(store_.keys().size(), 1U);
  EXPECT_EQ(store_.problems().size(), 1U);
}

TEST_F(KeyStoreTest, RemovesAllThreeFiles) {
  ASSERT_TRUE(store_.add(make("work")).has_value());
  ASSERT_TRUE(store_.remove("work").has_value());
  EXPECT_TRUE(std::filesystem::is_empty(store_.folder()));
  EXPECT_EQ(store_.find_named("work"), nullptr);
  EXPECT_EQ(store_.remove("work").error().code, Code::kKeyNotFound);
}

TEST_F(KeyStoreTest, UnloadsUntilTheNextLoad) {
  const StoredKey key = make("work");
  ASSERT_TRUE(store_.add(key).has_value());
  EXPECT_TRUE(store_.unload(key.key.key.blob()));
  EXPECT_FALSE(store_.unload(key.key.key.blob()));
  EXPECT_EQ(store_.find(key.key.key.blob()), nullptr);
  EXPECT_TRUE(std::filesystem::exists(file("work")));
  ASSERT_TRUE(store_.load().has_value());
  EXPECT_NE(store_.find(key.key.key.blob()), nullptr);
  store_.unload_all();
  EXPECT_EQ(store_.find(key.key.key.blob()), nullptr);
}

TEST_F(KeyStoreTest, NamesStayInTheFolder) {
  EXPECT_TRUE(check_key_name("id_ed25519_sk.2-a").has_value());
  for (const std::string name :
       {"", ".", "..", ".a", "-a", "a/b", "a\\b", "a b", "a\n", "a.pub", "a.json", "\xc3\xa4"}) {
    EXPECT_FALSE(check_key_name(name).has_value()) << name;
  }
  EXPECT_TRUE(check_key_name(std::string(kKeyNameMax, 'a')).has_value());
  EXPECT_FALSE(check_key_name(std::string(kKeyNameMax + 1, 'a')).has_value());
}

TEST_F(KeyStoreTest, ImportsWhatSshKeygenWrote) {
  const StoredKey key = make("work");
  const auto file_bytes = ssh::format_private_key_file(key.key, nullptr);
  const auto imported = import_key("other", Role::kLogin, *file_bytes, "now");
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->key.key, key.key.key);
  EXPECT_EQ(imported->attestation, "imported");
  EXPECT_FALSE(imported->evidence.has_value());
  EXPECT_FALSE(import_key("../other", Role::kLogin, *file_bytes, "now").has_value());
  EXPECT_FALSE(import_key("other", Role::kLogin, base::as_bytes("rubbish"), "now").has_value());
}

// What presence_test.cpp says of is_signing_application, for every role.
TEST_F(KeyStoreTest, EveryApplicationIsForItsRole) {
  constexpr std::array kAll = {Role::kLogin, Role::kSign, Role::kRelease, Role::kApprove,
                               Role::kSeal};
  for (const Role role : kAll) {
    for (const Role other : kAll) {
      const bool fits = role == other || (role == Role::kSign && other == Role::kLogin);
      EXPECT_EQ(check_role(role, application_of(other)).has_value(), fits)
          << name_of(role) << " " << application_of(other);
    }
    const bool people = role == Role::kLogin || role == Role::kSign;
    EXPECT_EQ(check_role(role, "ssh:elsewhere").has_value(), people) << name_of(role);
    EXPECT_EQ(check_role(role, "ssh:touchstone").has_value(), people) << name_of(role);
    for (const std::string_view none :
         {"ssh:touchstone-", "ssh:touchstone-signs", "ssh:touchstone-login", "example.org", ""}) {
      EXPECT_EQ(code_of(check_role(role, none)), Code::kWrongRole) << name_of(role) << none;
    }
  }
}

TEST_F(KeyStoreTest, TakesNoKeyForARoleThatIsNotItsOwn) {
  StoredKey approve = make("approve", Role::kApprove);
  const ssh::SoftwareKey software(base::KeyAlgorithm::kEd25519);
  approve.key.key = software.sk("ssh:touchstone-approve");
  const auto file_bytes = ssh::format_private_key_file(approve.key, nullptr);
  for (const Role role : {Role::kLogin, Role::kSign, Role::kRelease, Role::kSeal}) {
    const auto imported = import_key("other", role, *file_bytes, "now");
    ASSERT_FALSE(imported.has_value()) << name_of(role);
    EXPECT_EQ(imported.error().code, Code::kWrongRole);
    StoredKey wrong = approve;
    wrong.role = role;
    EXPECT_EQ(code_of(store_.add(wrong)), Code::kWrongRole);
  }
  EXPECT_TRUE(std::filesystem::is_empty(store_.folder()));
  ASSERT_TRUE(store_.add(approve).has_value());
  // The file beside the key is all that says its role: changed there, the key is not loaded.
  approve.role = Role::kSign;
  std::ofstream(file("approve.json"), std::ios::trunc) << format_key_sidecar(approve);
  ASSERT_TRUE(store_.load().has_value());
  EXPECT_TRUE(store_.keys().empty());
  ASSERT_EQ(store_.problems().size(), 1U);
  EXPECT_EQ(store_.problems().front().error.code, Code::kWrongRole);
}

TEST_F(KeyStoreTest, SidecarIsStrict) {
  StoredKey key = make("work");
  const std::string good = format_key_sidecar(key);
  EXPECT_TRUE(parse_key_sidecar(good, key).has_value());
  const auto with = [&good](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {with("\"version\":1", "\"version\":2"), with("\"role\":\"sign\"", "\"role\":\"root\""),
        with("\"aaguid\"", "\"aaguld\""), with("{", "{\"extra\":1,"), good + "x", std::string()}) {
    EXPECT_FALSE(parse_key_sidecar(bad, key).has_value()) << bad;
  }
}

TEST_F(KeyStoreTest, KeepsHowTheTokenCounts) {
  StoredKey key = make("work");
  key.counters = {0, 5, 4294967295U};
  key.dedicated = true;
  const std::string text = format_key_sidecar(key);
  StoredKey read = make("other");
  ASSERT_TRUE(parse_key_sidecar(text, read).has_value());
  EXPECT_EQ(read.counters, key.counters);
  EXPECT_TRUE(read.dedicated);
  for (const char* bad : {"[0,5,4294967296]", "[0,-1]", "[0,\"5\"]", "[1,2,3,4,5]", "7", "null"}) {
    std::string changed = text;
    const std::string good = "[0,5,4294967295]";
    changed.replace(changed.find(good), good.size(), bad);
    StoredKey other = make("other");
    EXPECT_FALSE(parse_key_sidecar(changed, other).has_value()) << bad;
  }
}

// Keys made before anybody looked at counters.
TEST_F(KeyStoreTest, ReadsFilesThatSayNothingOfCounters) {
  std::string text = format_key_sidecar(make("work"));
  const std::string members = R"("counters":[],"dedicated":false,)";
  ASSERT_NE(text.find(members), std::string::npos);
  text.erase(text.find(members), members.size());
  StoredKey read = make("other");
  ASSERT_TRUE(parse_key_sidecar(text, read).has_value());
  EXPECT_TRUE(read.counters.empty());
  EXPECT_FALSE(read.dedicated);
}

}  // namespace
}  // namespace touchstone::agent
