// SPDX-License-Identifier: Apache-2.0
#include "tests/git-integration/history/history.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "git-integration/policy/repository_policy.h"
#include "git-integration/server/git_plumbing.h"
#include "tests/git-integration/history/pack_writer.h"
#include "tests/ssh/software_key.h"

namespace touchstone::git {
namespace {

using base::Result;
using base::Status;
using ssh::SoftwareKey;

constexpr std::uint64_t kFirstSecond = 1600000000;
constexpr std::uint64_t kSecondsApart = 240;
constexpr std::size_t kCommitsPerTree = 10;

// Signer is a key, whose it is, and the counter of its token.
struct Signer {
  Signer(std::string address, base::KeyAlgorithm algorithm, bool sk = true)
      : email(std::move(address)), key(algorithm), public_key(sk ? key.sk() : key.plain()) {}

  std::string sign(std::string_view text, std::uint8_t flags = base::kFlagUserPresence) {
    const auto signer = [&](const base::Bytes& data) {
      return public_key.is_sk() ? key.sign_sk(public_key, data, flags, ++counter)
                                : key.sign_plain(data);
    };
    return ssh::make_sshsig(public_key, "git", base::as_bytes(text), signer).armored();
  }

  std::string email;
  SoftwareKey key;
  ssh::PublicKey public_key;
  std::uint32_t counter{0};
};

// Fault is how a commit falls short.
enum class Fault : std::uint8_t {
  kNone,
  kUnsigned,
  kSilent,          // the token was asked for no touch
  kSoftwareKey,     // an allowed key that is in no token
  kChanged,         // other bytes than were signed
  kStranger,        // a key that is in no file
  kTwice,           // a second signature header
  kOtherCommitter,  // signed with a touch by somebody else than the committer
};
struct PlantedFault {
  Fault fault;
  std::string_view presence;
};
constexpr std::array kFaults{
    PlantedFault{Fault::kUnsigned, "unsigned"},    PlantedFault{Fault::kSilent, "no-touch"},
    PlantedFault{Fault::kSoftwareKey, "no-touch"}, PlantedFault{Fault::kChanged, "bad"},
    PlantedFault{Fault::kStranger, "bad"},         PlantedFault{Fault::kTwice, "bad"},
    PlantedFault{Fault::kOtherCommitter, "touch"},
};

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, text.size() - 1)) {
    out += c;
    if (c == '\n') {
      out += ' ';
    }
  }
  return out + "\n";
}

base::KeyAlgorithm algorithm_of_signer(HistoryPlan::Keys keys, std::size_t number) {
  const bool edwards =
      keys == HistoryPlan::Keys::kEd25519 || (keys == HistoryPlan::Keys::kBoth && number % 2 == 0);
  return edwards ? base::KeyAlgorithm::kEd25519 : base::KeyAlgorithm::kEcdsaP256;
}

// Maker makes the objects of a history, oldest first.
class Maker final {
 public:
  explicit Maker(const HistoryPlan& plan)
      : plan_(plan),
        pack_(plan.algorithm),
        signers_{Signer("alice@example.com", algorithm_of_signer(plan.keys, 0)),
                 Signer("bob@example.com", algorithm_of_signer(plan.keys, 1))},
        carol_("carol@example.com", base::KeyAlgorithm::kEd25519, false),
        stranger_("alice@example.com", base::KeyAlgorithm::kEd25519) {}

  void run();
  // put writes pack, refs and signers.
  Status put(const std::filesystem::path& folder);
  MadeHistory take() { return std::move(made_); }

 private:
  std::string signers_text() const;
  std::string tree(std::size_t number);
  std::string commit(const std::vector<std::string>& parents, Fault fault = Fault::kNone,
                     std::string_view headers = {});
  std::string tag(const std::string& target, std::string_view type, const std::string& name);
  void step(std::size_t number);
  void branch_and_merge(std::size_t number);
  void plant(Fault fault, std::string_view presence);

  const HistoryPlan plan_;
  PackWriter pack_;
  std::array<Signer, 2> signers_;
  Signer carol_;
  Signer stranger_;
  std::vector<std::string> sides_;  // branches not merged yet
  std::string root_tree_;
  std::string refs_;    // for git update-ref --stdin
  std::string grafts_;  // for info/grafts
  std::size_t tree_number_{0};
  std::string policy_tree_;
  MadeHistory made_;
};

std::string Maker::signers_text() const {
  std::string text;
  for (const Signer* signer : {signers_.data(), &signers_[1], &carol_}) {
    text += signer->email + " " + signer->public_key.line() + "\n";
  }
  return text;
}

// tree gives a root with the policy, a file that differs and a submodule.
std::string Maker::tree(std::size_t number) {
  const auto raw = [](std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
      bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
    }
    return bytes;
  };
  const auto entry = [&](std::string_view mode_and_name, const std::string& id) {
    return std::string(mode_and_name) + '\0' + raw(id);
  };
  if (policy_tree_.empty()) {
    const std::string policy = pack_.add("blob", "version = 1\n[policy]\nrequire = \"touch\"\n");
    const std::string signers = pack_.add("blob", signers_text());
    policy_tree_ =
        pack_.add("tree", entry("100644 policy.toml", policy) + entry("100644 signers", signers));
  }
  std::string text = entry("40000 .touchstone", policy_tree_) +
                     entry("100644 README", pack_.add("blob", std::to_string(number) + "\n"));
  if (plan_.shapes) {
    // A commit of another repository, which is not here.
    const std::string other = object_id(plan_.algorithm, "commit", base::as_bytes("elsewhere"));
    text += entry("160000 library", other);
  }
  return pack_.add("tree", text);
}

std::string Maker::commit(const std::vector<std::string>& parents, Fault fault,
                          std::string_view headers) {
  const std::size_t number = made_.commits++;
  if (root_tree_.empty() || number % kCommitsPerTree == 0) {
    root_tree_ = tree(tree_number_++);
  }
  Signer* signer = &signers_.at(number % signers_.size());
  std::string committer = signer->email;
  if (fault == Fault::kSoftwareKey) {
    signer = &carol_;
    committer = carol_.email;
  } else if (fault == Fault::kStranger) {
    signer = &stranger_;
    committer = stranger_.email;
  } else if (fault == Fault::kOtherCommitter) {
    committer = "mallory@example.com";
  }
  std::string head = "tree " + root_tree_ + "\n";
  for (const std::string& parent : parents) {
    head += "parent " + parent + "\n";
  }
  const std::string date =
      "> " + std::to_string(kFirstSecond + number * kSecondsApart) + " +0000\n";
  head += "author A U Thor <author@example.com" + date + "committer C <" + committer + date;
  head += headers;
  const std::string message =
      "\nmake change " + std::to_string(number) +
      "\n\nWhy it was made, what else was considered, and how it was tested, in about as\n"
      "many words as people write when somebody reads what they write.\n";
  const std::string payload = head + message;
  if (fault == Fault::kUnsigned) {
    return pack_.add("commit", payload);
  }
  const std::string to_sign = fault == Fault::kChanged ? payload + "more\n" : payload;
  const std::string armored =
      signer->sign(to_sign, fault == Fault::kSilent ? 0 : base::kFlagUserPresence);
  const std::string name = plan_.algorithm == HashAlgorithm::kSha1 ? "gpgsig " : "gpgsig-sha256 ";
  std::string signature = name + folded(armored);
  if (fault == Fault::kTwice) {
    signature += signature;
  }
  return pack_.add("commit", head + signature + message);
}

std::string Maker::tag(const std::string& target, std::string_view type, const std::string& name) {
  Signer& signer = signers_[0];
  const std::string text = "object " + target + "\ntype " + std::string(type) + "\ntag " + name +
                           "\ntagger T <" + signer.email + "> " +
                           std::to_string(kFirstSecond + made_.commits * kSecondsApart) +
                           " +0000\n\nrelease " + name + "\n";
  std::string whole = text + signer.sign(text);
  const std::string id = pack_.add("tag", whole);
  refs_ += "create refs/tags/" + name + " " + id + "\n";
  made_.tags.push_back(name);
  return whole;
}

void Maker::plant(Fault fault, std::string_view presence) {
  const std::string parent = made_.tip;
  made_.tip = commit({parent}, fault);
  made_.planted.push_back({made_.tip, std::string(presence)});
  // What would show stock git another history: one commit in another's place, and one left out.
  if (fault == Fault::kUnsigned) {
    refs_ += "create refs/replace/" + made_.tip + " " + parent + "\n";
  } else if (fault == Fault::kSilent) {
    const std::string planted = made_.tip;
    made_.tip = commit({planted});
    grafts_ = made_.tip + " " + parent + "\n";
  }
}

// branch_and_merge makes branches of a commit each, and merges them in each way there is.
void Maker::branch_and_merge(std::size_t number) {
  constexpr std::size_t kPeriod = 50;
  constexpr std::size_t kTagPeriod = 1000;
  const std::size_t phase = number % kPeriod;
  if (phase >= 10 && phase < 16) {
    sides_.push_back(commit({made_.tip}));
    return;
  }
  if (phase == 20 && sides_.size() >= 2) {
    made_.tip = commit({made_.tip, sides_.back()});
    sides_.pop_back();
    ++made_.merges;
  } else if (phase == 25 && sides_.size() >= 2) {
    const std::string name = "merged-" + std::to_string(number);
    const std::string text = tag(sides_.back(), "commit", name);
    made_.tip = commit({made_.tip, sides_.back()}, Fault::kNone, "mergetag " + folded(text));
    sides_.pop_back();
    ++made_.merges;
    ++made_.merged_tags;
  } else if (phase == 30 && sides_.size() >= 2) {
    std::vector<std::string> parents{made_.tip};
    parents.insert(parents.end(), sides_.begin(), sides_.end());
    made_.tip = commit(parents);
    sides_.clear();
    ++made_.octopuses;
  } else {
    made_.tip = commit({made_.tip});
  }
  if (number % kTagPeriod == 40) {
    tag(made_.tip, "commit", "v" + std::to_string(number));
  }
}

void Maker::step(std::size_t number) {
  if (!plan_.shapes) {
    made_.tip = commit({made_.tip});
    return;
  }
  const std::size_t apart = plan_.commits / (kFaults.size() + 1);
  const std::size_t nearest = number / apart;
  if (made_.planted.size() < kFaults.size() && nearest > made_.planted.size()) {
    const PlantedFault& next = kFaults.at(made_.planted.size());
    plant(next.fault, next.presence);
    return;
  }
  branch_and_merge(number);
}

void Maker::run() {
  made_.tip = commit({});
  made_.introduction = made_.tip;
  made_.fingerprint = signers_[0].public_key.fingerprint();
  while (made_.commits + sides_.size() < plan_.commits) {
    step(made_.commits);
  }
  // Every branch ends in main.
  if (!sides_.empty()) {
    std::vector<std::string> parents{made_.tip};
    parents.insert(parents.end(), sides_.begin(), sides_.end());
    made_.tip = commit(parents);
    ++(sides_.size() > 1 ? made_.octopuses : made_.merges);
  }
  if (plan_.shapes) {
    const std::string text = tag(made_.tip, "commit", "last");
    tag(object_id(plan_.algorithm, "tag", base::as_bytes(text)), "tag", "last-again");
  }
  refs_ += "create refs/heads/main " + made_.tip + "\n";
}

Status Maker::put(const std::filesystem::path& folder) {
  const std::string repository = (folder / "repository.git").string();
  const std::string format = plan_.algorithm == HashAlgorithm::kSha1 ? "sha1" : "sha256";
  TRY_VOID(server::git_output(folder.string(), {{"init", "-q", "--bare", "-b", "main",
                                                 "--object-format=" + format, repository}}));
  const std::filesystem::path inside(repository);
  TRY(pack, pack_.write(inside / "objects" / "pack"));
  TRY_VOID(server::git_output(repository, {{"index-pack", pack.string()}}));
  server::GitCall update{{"update-ref", "--stdin"}, refs_};
  TRY_VOID(server::git_output(repository, update));
  if (!grafts_.empty()) {
    TRY_VOID(
        base::write_file_atomically(inside / "info" / "grafts", base::as_bytes(grafts_), 0644));
  }
  const std::string signers = signers_text();
  return base::write_file_atomically(folder / "signers", base::as_bytes(signers), 0644);
}

}  // namespace

Result<MadeHistory> make_history(const std::filesystem::path& folder, const HistoryPlan& plan) {
  if (plan.commits < kHistoryCommitsMin) {
    return base::fail(base::Code::kUsage,
                      "at least " + std::to_string(kHistoryCommitsMin) + " commits");
  }
  Maker maker(plan);
  maker.run();
  TRY_VOID(maker.put(std::filesystem::absolute(folder)));
  return maker.take();
}

}  // namespace touchstone::git
