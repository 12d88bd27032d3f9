// SPDX-License-Identifier: Apache-2.0
#include "git-integration/git_sign_options.h"

#include <array>
#include <string_view>

#include "git-integration/limits.h"
#include "git-integration/text_lines.h"
#include "ssh/allowed_signers.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kFlags = "Ulqv";
constexpr std::string_view kWithValue = "YnfIsrOE";

struct Form {
  std::string_view name;
  GitSignCommand command;
  std::string_view needs;  // option letters
};

constexpr std::array kForms = {
    Form{"sign", GitSignCommand::kSign, "nf"},
    Form{"verify", GitSignCommand::kVerify, "nfIs"},
    Form{"find-principals", GitSignCommand::kFindPrincipals, "fs"},
    Form{"match-principals", GitSignCommand::kMatchPrincipals, "fI"},
    Form{"check-novalidate", GitSignCommand::kCheckNovalidate, "ns"},
};

auto wrong(std::string context) { return fail(Code::kUsage, std::move(context)); }

class Parser {
 public:
  explicit Parser(std::uint64_t now) { options_.verify_time = now; }

  Status take(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) {
      if (argument.size() > kArgumentMax) {
        return fail(Code::kTooLong, "an argument");
      }
    }
    bool options_end = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      if (options_end || argument.size() < 2 || argument.front() != '-') {
        options_.messages.push_back(argument);
      } else if (argument == "--") {
        options_end = true;
      } else if (argument == "--help") {
        options_.command = GitSignCommand::kHelp;
        known_ = true;
        return {};
      } else if (argument == "--version") {
        options_.command = GitSignCommand::kVersion;
        known_ = true;
        return {};
      } else {
        TRY_VOID(take_letters(arguments, i));
      }
    }
    return {};
  }

  Result<GitSignOptions> finish() {
    if (!known_) {
      return wrong("no -Y and no -l");
    }
    for (const char letter : needs_) {
      if (given_.find(letter) == std::string::npos) {
        return wrong(std::string("-") + letter + " is missing");
      }
    }
    if (options_.command != GitSignCommand::kSign) {
      for (const std::string& argument : options_.messages) {
        if (!argument.empty()) {
          return wrong("unexpected argument " + argument);
        }
      }
      options_.messages.clear();
    }
    if (options_.name_space.empty() && needs_.find('n') != std::string::npos) {
      return wrong("-n is empty");
    }
    return options_;
  }

 private:
  // take_letters takes one argument of short options: flags, then at most one with a value, which
  // is the rest of the argument or the next one.
  Status take_letters(const std::vector<std::string>& arguments, std::size_t& i) {
    std::string_view letters(arguments[i]);
    letters.remove_prefix(1);
    while (!letters.empty()) {
      const char letter = letters.front();
      letters.remove_prefix(1);
      if (kFlags.find(letter) != std::string_view::npos) {
        take_flag(letter);
        continue;
      }
      if (kWithValue.find(letter) == std::string_view::npos) {
        return wrong(std::string("unknown option -") + letter);
      }
      std::string value(letters);
      if (letters.empty()) {
        if (i + 1 == arguments.size()) {
          return wrong(std::string("-") + letter + " wants a value");
        }
        value = arguments[++i];
      }
      return take_value(letter, std::move(value));
    }
    return {};
  }

  void take_flag(char letter) {
    if (letter == 'l') {
      options_.command = GitSignCommand::kFingerprint;
      needs_ = "f";
      known_ = true;
    } else if (letter == 'q') {
      options_.quiet = true;
    }
    // -U asks for the agent, which is all there is here; -v changes nothing.
  }

  Status take_value(char letter, std::string value) {
    given_ += letter;
    switch (letter) {
      case 'Y':
        return take_form(value);
      case 'n':
        options_.name_space = std::move(value);
        return {};
      case 'f':
        options_.file = std::move(value);
        return {};
      case 'I':
        options_.principal = std::move(value);
        return {};
      case 's':
        options_.signature_file = std::move(value);
        return {};
      case 'r':
        options_.revoked_file = std::move(value);
        return value_given(options_.revoked_file, letter);
      case 'O':
        return take_setting(value);
      default:  // not an enum
        return value == "sha256" ? Status() : wrong("fingerprints are made with sha256");
    }
  }

  static Status value_given(const std::string& value, char letter) {
    return value.empty() ? wrong(std::string("-") + letter + " is empty") : Status();
  }

  Status take_form(std::string_view name) {
    for (const Form& form : kForms) {
      if (form.name == name) {
        options_.command = form.command;
        needs_ = form.needs;
        known_ = true;
        return {};
      }
    }
    return wrong("-Y " + std::string(name) + " is unknown");
  }

  Status take_setting(std::string_view setting) {
    if (const auto time = strip_prefix(setting, "verify-time=")) {
      if (!time->empty()) {
        TRY_ASSIGN(options_.verify_time, ssh::parse_verify_time(*time).with_context("verify-time"));
      }
      return {};
    }
    if (const auto hash = strip_prefix(setting, "hashalg=")) {
      if (hash != "sha512" && hash != "sha256") {
        return wrong("hashalg is sha512 or sha256");
      }
      options_.hash = *hash;
      return {};
    }
    if (setting == "print-pubkey") {
      options_.print_public_key = true;
      return {};
    }
    return wrong("unknown option -O " + std::string(setting));
  }

  GitSignOptions options_;
  std::string given_;
  std::string needs_;
  bool known_ = false;
};

}  // namespace

Result<GitSignOptions> parse_git_sign_options(const std::vector<std::string>& arguments,
                                              std::uint64_t now) {
  Parser parser(now);
  TRY_VOID(parser.take(arguments));
  return parser.finish();
}

}  // namespace touchstone::git
