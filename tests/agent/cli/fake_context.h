// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/context.h"
#include "agent/cli/program.h"

namespace touchstone::agent::cli {

// FakeConsole keeps what was printed and answers questions from a list.
class FakeConsole final : public Console {
 public:
  void out(std::string_view text) override { out_text += text; }
  void err(std::string_view text) override { err_text += text; }
  base::Status flush() override { return flush_result; }
  bool out_is_terminal() const override { return false; }
  bool err_is_terminal() const override { return false; }
  bool has_person() const override { return !answers.empty(); }
  std::string paint(Colour /*colour*/, std::string_view text) const override {
    return std::string(text);
  }
  base::Result<bool> confirm(std::string_view question) override {
    questions.emplace_back(question);
    return next() == "y";
  }
  base::Result<base::Secret> passphrase(std::string_view question) override {
    questions.emplace_back(question);
    const std::string answer = next();
    if (answer.empty()) {
      return base::fail(base::Code::kPinCancelled);
    }
    return base::Secret::copy_of(base::as_bytes(answer));
  }

  std::string out_text;
  std::string err_text;
  std::deque<std::string> answers;
  std::vector<std::string> questions;
  base::Status flush_result;

 private:
  std::string next() {
    if (answers.empty()) {
      return "";
    }
    std::string answer = answers.front();
    answers.pop_front();
    return answer;
  }
};

// FakeAgent answers each command with what a test put there, and keeps what it was asked.
struct FakeAgent {
  std::map<std::string, base::Result<boost::json::object>> answers;
  std::vector<boost::json::object> asked;
  std::vector<boost::json::object> events;
  bool reachable{true};
};

class FakeControl final : public Control {
 public:
  explicit FakeControl(FakeAgent& agent) : agent_(agent) {}
  base::Result<boost::json::object> ask(boost::json::object request) override {
    agent_.asked.push_back(request);
    const auto found = agent_.answers.find(text_of(request, "command"));
    if (found == agent_.answers.end()) {
      return base::fail(base::Code::kProtocol, "the test has no answer");
    }
    return found->second;
  }
  base::Status watch(std::uint64_t /*after*/,
                     const std::function<bool(const boost::json::object&)>& on_event) override {
    for (const auto& event : agent_.events) {
      if (!on_event(event)) {
        break;
      }
    }
    return {};
  }
  base::Result<base::Bytes> sign_object(const ssh::SignObject& /*object*/) override {
    return base::fail(base::Code::kUnknownKey, "the test has no token");
  }
  std::string socket() const override { return "/run/test/agent.sock"; }

 private:
  FakeAgent& agent_;
};

// Invocation runs the program as main() would, with a console and an agent of the test's.
struct Invocation {
  FakeConsole console;
  FakeAgent agent;
  std::map<std::string, std::string> environment;
  std::optional<std::string> socket;

  base::Exit run(const std::vector<std::string>& words) {
    const auto variable = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment.find(std::string(name));
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    const auto connect =
        [this](const std::optional<std::string>& path) -> base::Result<std::unique_ptr<Control>> {
      socket = path;
      if (!agent.reachable) {
        return base::fail(base::Code::kAgentUnreachable, "/run/test/agent.sock");
      }
      return std::make_unique<FakeControl>(agent);
    };
    Context context(console, variable, connect);
    return run_program(context, words);
  }
};

}  // namespace touchstone::agent::cli
