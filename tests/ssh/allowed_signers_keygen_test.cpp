// SPDX-License-Identifier: Apache-2.0
// The same files, keys, principals and times to us and to the stock ssh-keygen: we must decide as
// it does, line by line of its grammar.
#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "ssh/allowed_signers.h"
#include "ssh/sshsig.h"
#include "tests/ssh/keygen.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

constexpr std::string_view kMessage = "signed\n";

// In these files @K is the key that signed, @O another key, @C the CA's key, @X the certificate.
constexpr const char* kFiles[] = {
    "a@x @K\n",
    "a@x @K",
    "a@x,b@x @K\n",
    "\"a@x\" @K\n",
    "\"a@x,b y\" @K\n",
    "a\"@x\" @K\n",
    "\"a@x\"@K\n",
    "\"a@x @K\n",
    "a@x\n",
    "a@x",
    "a@x \n",
    "\n\n  \n#a@x @K\n \t#\n",
    "a@x\t@K\n",
    "  \t a@x   @K\n",
    "a@x @K comment here\n",
    "a@x @K comment here\r\n",
    "a@x @K\r\n",
    "a@x namespaces=\"git\" @K\n",
    "a@x namespaces=\"git\"\t@K\n",
    "a@x namespaces=\"git\" \t @K\n",
    "a@x namespaces=\"git\"@K\n",
    "a@x namespaces=\"g*\" @K\n",
    "a@x namespaces=\"g*,!git\" @K\n",
    "a@x namespaces=\"file\" @K\n",
    "a@x namespaces=\"file\" @K\na@x @K\n",
    "a@x namespaces=\"\" @K\n",
    "a@x namespaces=\"g it\" @K\n",
    "a@x namespaces=\"g\\\"it\" @K\n",
    "a@x namespaces=\"g\\it\" @K\n",
    "a@x NameSpaces=\"git\" @K\n",
    "a@x namespaces=git @K\n",
    "a@x namespaces @K\n",
    "a@x namespaces=\"git @K\n",
    "a@x namespaces=\"git\",namespaces=\"git\" @K\n",
    "a@x namespaces=\"git\" namespaces=\"git\" @K\n",
    "a@x namespaces=\"git\",valid-after=\"20200101\" @K\n",
    "a@x foo @K\n",
    "a@x foo=\"1\" @K\n",
    "a@x foo=\"1\" @K\nb@x @K\n",
    "a@x namespaces=\"git\",foo @K\n",
    "a@x no-cert-authority @K\n",
    "a@x touch-required @K\n",
    "a@x , @K\n",
    "a@x namespaces=\"git\", @K\n",
    "a@x namespaces=\"git\",,cert-authority @K\n",
    "a@x \"foo\" @K\n",
    "a@x cert-authority @K\n",
    "a@x cert-authorityx @K\n",
    "a@x CERT-AUTHORITY,namespaces=\"git\" @K\n",
    "a@x valid-after=\"20250101Z\" @K\n",
    "a@x valid-before=\"20250101Z\" @K\n",
    "a@x valid-before=\"20250101Z\" @K\nb@x @K\n",
    "a@x valid-after=\"202501010000\",valid-before=\"20250101000000Z\" @K\n",
    "a@x valid-after=\"20241231\",valid-before=\"20250101\" @K\n",
    "a@x valid-before=\"20241231\",valid-after=\"20250101\" @K\n",
    "a@x valid-after=\"20250101\",valid-after=\"20250101\" @K\n",
    "a@x valid-after=\"20250101utc\" @K\n",
    "a@x valid-after=\"20250101z\" @K\n",
    "a@x valid-after=\"2025010\" @K\n",
    "a@x valid-after=\"202501010\" @K\n",
    "a@x valid-after=\"20251301\" @K\n",
    "a@x valid-after=\"20250001\" @K\n",
    "a@x valid-after=\"20250100\" @K\n",
    "a@x valid-after=\"20241232\" @K\n",
    "a@x valid-after=\"20240231\" @K\n",
    "a@x valid-after=\"202401012400\" @K\n",
    "a@x valid-after=\"202401012360\" @K\n",
    "a@x valid-after=\"20241231235960\" @K\n",
    "a@x valid-after=\"20241231235961\" @K\n",
    "a@x valid-after=\"20241231235962\" @K\n",
    "a@x valid-after=\"19700101Z\" @K\n",
    "a@x valid-after=\"19690101Z\" @K\n",
    "a@x valid-after=\"\" @K\n",
    "a@x valid-after=\"Z\" @K\n",
    "a@x valid-after=20250101 @K\n",
    "a@x,,b@x @K\n",
    ",a@x @K\n",
    "*@x @K\n",
    "?@x @K\n",
    "!b@x,*@x @K\n",
    "!a@x,*@x @K\n",
    "*@x,!a@x @K\n",
    "A@X @K\n",
    "\"\" @K\n",
    "b@x @K\na@x @K\n",
    "a@x @O\n",
    "a@x @O\na@x @K\n",
    "a@x ssh-rsa AAAA\na@x @K\n",
    "a@x ssh-ed25519 AAAA\na@x @K\n",
    "a@x ssh-ed25519\na@x @K\n",
    "a@x @K=\n",
    "a@x cert-authority @C\n",
    "*@x cert-authority @C\n",
    "* cert-authority @C\n",
    "*@x,c@y cert-authority @C\n",
    "a@x,*@x cert-authority @C\n",
    "!a@x,*@x cert-authority @C\n",
    "c@y,a@x cert-authority @C\n",
    "c@y,b@x,,a@x cert-authority @C\n",
    "b@x cert-authority @C\n",
    "b@x cert-authority @C\na@x cert-authority @C\n",
    "a@x cert-authority,namespaces=\"file\" @C\n",
    "a@x cert-authority,valid-before=\"20250101Z\" @C\n",
    "a@x @C\n",
    "a@x @X\n",
    "a@x cert-authority @X\n",
    "a@x cert-authority @O\n",
    "b@x @X\na@x cert-authority @C\n",
};

constexpr const char* kTimes[] = {
    "19990101Z",       "20191231235959Z", "20200101Z",       "20241231235959Z", "20250101Z",
    "20250101000001Z", "202601011200Z",   "20291231235959Z", "20300101Z",       "20300102Z"};

class AllowedSignersKeygen : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_keygen()) {
      GTEST_SKIP() << "ssh-keygen is not installed";
    }
    for (const char* name : {"key", "other", "ca"}) {
      ASSERT_EQ(run_keygen({"-q", "-t", "ed25519", "-N", "", "-f", path(name)}).status, 0);
    }
    ASSERT_EQ(run_keygen({"-q", "-s", path("ca"), "-I", "id", "-n", "a@x,c@y", "-V",
                          "20200101Z:20300101Z", path("key.pub")})
                  .status,
              0);
    // ssh-keygen signs with the certificate when it is given that file.
    for (const char* name : {"plain", "certified"}) {
      scratch_.write(name, kMessage);
    }
    ASSERT_EQ(run_keygen({"-Y", "sign", "-n", "git", "-f", path("key"), path("plain")}).status, 0);
    ASSERT_EQ(run_keygen({"-Y", "sign", "-n", "git", "-f", path("key-cert.pub"), path("certified")})
                  .status,
              0);
  }

  std::string path(std::string_view name) const { return (scratch_ / name).string(); }

  std::string key_line(const std::string& name) const {
    const std::string line = scratch_.read(name);
    return line.substr(0, line.find(' ', line.find(' ') + 1));
  }

  std::string fill_in(std::string text) const {
    const std::pair<const char*, const char*> names[] = {
        {"@K", "key.pub"}, {"@O", "other.pub"}, {"@C", "ca.pub"}, {"@X", "key-cert.pub"}};
    for (const auto& [mark, file] : names) {
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
        text.replace(at, 2, key_line(file));
      }
    }
    return text;
  }

  static bool speaks_of_certificates(std::string_view file) {
    return file.find("@C") != std::string_view::npos || file.find("@X") != std::string_view::npos;
  }

  void compare(const char* file, const char* time, const char* signature,
               const PublicKey& key) const {
    SCOPED_TRACE(std::string(file) + " at " + time + " by " + signature);
    const std::string text = fill_in(file);
    const std::string signers = scratch_.write("signers", text).string();
    const std::string option = std::string("-Overify-time=") + time;
    const auto ours = must(AllowedSigners::parse(text));
    const std::uint64_t seconds = must(parse_verify_time(time));
    std::string found;
    for (const std::string& principal : ours.find_principals(key, seconds)) {
      found += principal + "\n";
    }
    EXPECT_EQ(
        found,
        run_keygen({"-Y", "find-principals", "-f", signers, "-s", path(signature), option}).out);
    const auto principals = key.is_certificate() ? std::vector<const char*>{"a@x", "b@x", "c@y"}
                                                 : std::vector<const char*>{"a@x", "b@x"};
    for (const char* principal : principals) {
      const auto stock = run_keygen({"-Y", "verify", "-n", "git", "-f", signers, "-I", principal,
                                     "-s", path(signature), option},
                                    kMessage);
      const auto status = ours.check(key, principal, "git", seconds);
      EXPECT_EQ(status.has_value(), stock.status == 0)
          << principal << ": " << stock.out << stock.err
          << (status.has_value() ? "" : base::message_of(status.error()));
    }
  }

  Scratch scratch_;
};

TEST_F(AllowedSignersKeygen, SameAnswersForEveryFile) {
  const PublicKey key = must(PublicKey::parse_line(scratch_.read("key.pub")));
  const PublicKey certificate = must(PublicKey::parse_line(scratch_.read("key-cert.pub")));
  for (const char* file : kFiles) {
    compare(file, "202601011200Z", "plain.sig", key);
    if (speaks_of_certificates(file)) {
      compare(file, "202601011200Z", "certified.sig", certificate);
    }
  }
  compare("a@x @K\n", "202601011200Z", "certified.sig", certificate);
}

TEST_F(AllowedSignersKeygen, SameAnswersAtEveryTime) {
  const PublicKey key = must(PublicKey::parse_line(scratch_.read("key.pub")));
  const PublicKey certificate = must(PublicKey::parse_line(scratch_.read("key-cert.pub")));
  for (const char* file :
       {"a@x valid-after=\"20250101Z\" @K\n", "a@x valid-before=\"20250101Z\" @K\nb@x @K\n",
        "a@x valid-after=\"20241231235960\",valid-before=\"20291231235959UTC\" @K\n",
        "*@x cert-authority @C\n", "a@x cert-authority,valid-before=\"20250101Z\" @C\n"}) {
    const bool certified = speaks_of_certificates(file);
    for (const char* time : kTimes) {
      compare(file, time, certified ? "certified.sig" : "plain.sig", certified ? certificate : key);
    }
  }
}

}  // namespace
}  // namespace touchstone::ssh
