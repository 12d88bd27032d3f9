// SPDX-License-Identifier: Apache-2.0
// What a token is told (quirks, touch policies, profiles) and what it remembers (its state).
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/emulators/fido2/attestation.h"
#include "tests/emulators/fido2/memory_link.h"
#include "tests/emulators/host/options.h"

namespace touchstone::emulators::fido2 {
namespace {

TEST(Quirks, AreSetByName) {
  Quirks quirks;
  EXPECT_TRUE(set_quirk(quirks, "up_zero").has_value());
  EXPECT_TRUE(quirks.up_zero);
  EXPECT_TRUE(set_quirk(quirks, "up_zero=0").has_value());
  EXPECT_FALSE(quirks.up_zero);
  EXPECT_TRUE(set_quirk(quirks, "counter_step=4294967295").has_value());
  EXPECT_EQ(quirks.counter_step, 4294967295U);
  EXPECT_TRUE(set_quirk(quirks, "fail_status=0x7f").has_value());
  EXPECT_EQ(quirks.fail_status, 0x7fU);
  EXPECT_TRUE(set_quirk(quirks, "aaguid=00112233445566778899aabbccddeeff").has_value());
  EXPECT_EQ(quirks_json(quirks), R"({"counter_step":4294967295,"fail_status":127,)"
                                 R"("aaguid":"00112233445566778899aabbccddeeff"})");
  EXPECT_TRUE(set_quirk(quirks, "aaguid=").has_value());
  EXPECT_FALSE(quirks.aaguid.has_value());
}

TEST(Quirks, RefuseWhatTheyDoNotKnow) {
  Quirks quirks;
  for (const char* bad :
       {"", "=", "no_such_quirk", "up_zero=2", "up_zero=", "counter_step=", "counter_step=-1",
        "counter_step=4294967296", "counter_step=1x", "aaguid=00", "aaguid=xyz"}) {
    EXPECT_FALSE(set_quirk(quirks, bad).has_value()) << bad;
  }
  EXPECT_EQ(quirks_json(quirks), "{}");
}

TEST(TouchPolicy, IsReadAndWritten) {
  for (const char* text :
       {"always", "never", "button", "enter", "late:0", "late:3", "late:500ms"}) {
    const auto policy = parse_touch_policy(text);
    ASSERT_TRUE(policy.has_value()) << text;
    EXPECT_EQ(to_string(*policy), text);
  }
  for (const char* bad : {"", "sometimes", "late", "late:", "late:ms", "late:-1", "late:1s",
                          "late:4294967296", "always "}) {
    EXPECT_FALSE(parse_touch_policy(bad).has_value()) << bad;
  }
}

TEST(Profiles, AllHaveTheirNameAndAnAaguidOfTheirOwn) {
  std::vector<Aaguid> aaguids;
  for (const std::string& name : profile_names()) {
    const auto profile = find_profile(name);
    ASSERT_TRUE(profile.has_value()) << name;
    EXPECT_EQ(profile->name, name);
    EXPECT_THAT(aaguids, testing::Not(testing::Contains(profile->aaguid)));
    aaguids.push_back(profile->aaguid);
  }
  EXPECT_FALSE(find_profile("").has_value());
  EXPECT_FALSE(find_profile("3_0").has_value());
}

TEST(Attestation, RootSaysThatItProvesNothing) {
  const std::string pem = test_root_pem();
  EXPECT_THAT(pem, testing::StartsWith("-----BEGIN CERTIFICATE-----\n"));
}

class StateFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(testing::TempDir()) / ("emulator-state-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "state";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(StateFile, SurvivesARestart) {
  base::Bytes before;
  {
    const auto store = Store::open(path_).value();
    Credential credential;
    credential.id = {1, 2, 3};
    credential.algorithm = Algorithm::kEdDsa;
    credential.rp_id = "ssh:";
    credential.user = {{4, 5}, "alice", "Alice"};
    credential.resident = true;
    credential.protect = CredProtect::kRequired;
    credential.counter = 7;
    store->state.credentials.push_back(credential);
    store->state.counter = 42;
    store->state.pin_hash = base::Bytes(kPinHashBytes, 9);
    store->state.pin_tries = 5;
    ASSERT_TRUE(store->save().has_value());
    before = encode_state(store->state);
  }
  const auto again = Store::open(path_).value();
  EXPECT_EQ(encode_state(again->state), before);
  EXPECT_EQ(again->state.credentials.front().protect, CredProtect::kRequired);
  EXPECT_EQ(again->state.counter, 42U);
}

TEST_F(StateFile, IsForItsOwnerOnly) {
  const auto store = Store::open(path_).value();
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(StateFile, DamageIsAnError) {
  base::Bytes good;
  {
    const auto store = Store::open(path_).value();
    good = encode_state(store->state);
  }
  for (const std::size_t size : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
    const base::ByteView part = base::ByteView(good).first(size);
    ASSERT_TRUE(base::write_file_atomically(path_, part, 0600).has_value());
    EXPECT_FALSE(Store::open(path_).has_value()) << size;
  }
  EXPECT_FALSE(decode_state(encode_cbor(CborMap{{"version", 2}})).has_value());
  EXPECT_FALSE(decode_state(encode_cbor(CborMap{{"version", 1}})).has_value());
}

TEST_F(StateFile, WhereNothingCanBeWrittenIsAnError) {
  EXPECT_FALSE(Store::open(folder_ / "missing" / "state").has_value());
}

TEST(TokenOptions, AreRead) {
  const auto options = parse_token_options(
      "name=one,state=/tmp/s,profile=fido_2_0,touch=late:3,quirk=up_zero,quirk=counter_step:2,"
      "plugged=no");
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->name, "one");
  EXPECT_EQ(options->state, "/tmp/s");
  EXPECT_EQ(options->profile, "fido_2_0");
  EXPECT_EQ(to_string(options->touch), "late:3");
  EXPECT_EQ(options->quirks, (std::vector<std::string>{"up_zero", "counter_step=2"}));
  EXPECT_FALSE(options->plugged);
}

TEST(TokenOptions, RefuseWhatTheyDoNotKnow) {
  for (const char* bad :
       {"", "name=", "name", "name=a b", "state=x", "name=a,profile=b", "name=a,touch=b",
        "name=a,quirk=b", "name=a,plugged=maybe", "name=a,,", "name=a,colour=red"}) {
    EXPECT_FALSE(parse_token_options(bad).has_value()) << bad;
  }
  EXPECT_TRUE(parse_token_options("name=" + std::string(kTokenNameBytesMax, 'x')).has_value());
  EXPECT_FALSE(parse_token_options("name=" + std::string(kTokenNameBytesMax + 1, 'x')).has_value());
}

TEST(HostOptions, AreRead) {
  const std::vector<std::string> arguments = {"--token",   "name=a", "--token",    "name=b",
                                              "--control", "c",      "--env-file", "e",
                                              "--",        "echo",   "--token"};
  const auto options = parse_host_options(arguments);
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->tokens.size(), 2U);
  EXPECT_EQ(options->control, "c");
  EXPECT_EQ(options->env_file, "e");
  EXPECT_EQ(options->command, (std::vector<std::string>{"echo", "--token"}));
}

TEST(HostOptions, RefuseWhatTheyDoNotKnow) {
  using Arguments = std::vector<std::string>;
  EXPECT_FALSE(parse_host_options(Arguments{"--token"}).has_value());
  EXPECT_FALSE(parse_host_options(Arguments{"--frobnicate", "x"}).has_value());
  EXPECT_FALSE(parse_host_options(Arguments{"x", "y"}).has_value());
}

}  // namespace
}  // namespace touchstone::emulators::fido2
