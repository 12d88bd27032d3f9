// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/hook_run.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "git-integration/limits.h"
#include "git-integration/server/limits.h"
#include "git-integration/server/record_push.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::size_t kUpdateArguments = 3;
constexpr std::size_t kPrePushFields = 4;

std::string variable(const HookCall& call, const std::string& name) {
  return call.environment(name).value_or(std::string());
}

template <class Number>
Result<Number> number_in(const HookCall& call, const std::string& name) {
  const std::string text = variable(call, name);
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (!text.empty() && (error != std::errc() || stop != end)) {
    return fail(Code::kMalformed, name);
  }
  return number;
}

Result<PushRequest> read_request(const HookCall& call) {
  PushRequest request;
  TRY_ASSIGN(request.updates, parse_updates(call.input));
  TRY(count, number_in<std::size_t>(call, "GIT_PUSH_OPTION_COUNT"));
  if (count > kPushOptionsMax) {
    return fail(Code::kTooLong, "limit " + std::to_string(kPushOptionsMax) + " push options");
  }
  for (std::size_t i = 0; i < count; ++i) {
    request.options.push_back(variable(call, "GIT_PUSH_OPTION_" + std::to_string(i)));
  }
  request.certificate = variable(call, "GIT_PUSH_CERT");
  request.nonce = variable(call, "GIT_PUSH_CERT_NONCE");
  request.nonce_status = nonce_status_named(variable(call, "GIT_PUSH_CERT_NONCE_STATUS"));
  TRY_ASSIGN(request.nonce_slop_seconds, number_in<std::int64_t>(call, "GIT_PUSH_CERT_NONCE_SLOP"));
  return request;
}

HookOutcome outcome_of(const PushDecision& decision, std::string_view heading,
                       RefusedBy by = RefusedBy::kServer) {
  HookOutcome outcome;
  outcome.accepted = decision.refusals.empty();
  if (!outcome.accepted) {
    outcome.text = refusal_text(heading, decision.refusals, by);
  }
  return outcome;
}

// A principal is as somebody wrote it into a file; a record has one line for it.
std::optional<Pusher> recordable(std::optional<Pusher> pusher) {
  if (pusher) {
    pusher->principal = base::escape_for_display(pusher->principal, kPrincipalMax / 4);
  }
  return pusher;
}

Result<HookOutcome> pre_receive(const HookCall& call, const base::Clock& clock) {
  TRY(request, read_request(call));
  TRY(settings, read_settings(call.repository));
  TRY(decision, judge_push(call.repository, settings, request, clock));
  HookOutcome outcome = outcome_of(decision, "touchstone: push refused, nothing was changed");
  if (outcome.accepted && !request.updates.empty()) {
    // No record, no acceptance: when it cannot be written, the push is refused.
    TRY(folder, git_folder_of(call.repository));
    const PushRecord record{base::unix_seconds(clock), request.updates,
                            recordable(decision.pusher)};
    TRY_VOID(PendingFolder(folder)
                 .add(call.caller, record, decision.certificate)
                 .with_context("recording the push"));
  }
  return outcome;
}

Result<HookOutcome> post_receive(const HookCall& call, const base::Clock& clock) {
  TRY(updates, parse_updates(call.input));
  TRY(folder, git_folder_of(call.repository));
  TRY(recorded, record_push(call.repository, folder, {std::move(updates), call.caller}, clock)
                    .with_context("push log"));
  HookOutcome outcome{true, {}};
  if (recorded.recovered != 0) {
    outcome.text += "touchstone: recorded " + std::to_string(recorded.recovered) +
                    " earlier push(es) that were cut short\n";
  }
  if (!recorded.dropped.empty()) {
    outcome.text += "touchstone: dropped the record of " + std::to_string(recorded.dropped.size()) +
                    " earlier push(es) that changed nothing\n";
  }
  return outcome;
}

Result<HookOutcome> update(const HookCall& call, const base::Clock& clock) {
  if (call.arguments.size() != kUpdateArguments) {
    return fail(Code::kUsage, "update is called with REF OLD NEW");
  }
  TRY(one, parse_update(call.arguments[1], call.arguments[2], call.arguments[0]));
  TRY(settings, read_settings(call.repository));
  TRY(decision, judge_update(call.repository, settings, one, clock));
  return outcome_of(
      decision, "touchstone: refused: " + base::escape_for_display(one.ref, kRefusalColumnsMax));
}

// parse_outgoing takes a line of pre-push: LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID. The local ref
// may be anything a person typed.
Result<PushUpdate> parse_outgoing(std::string_view line) {
  std::vector<std::string_view> fields;
  while (fields.size() < kPrePushFields) {
    const std::size_t space = line.rfind(' ');
    fields.push_back(space == std::string_view::npos ? line : line.substr(space + 1));
    line = space == std::string_view::npos ? std::string_view() : line.substr(0, space);
  }
  return parse_update(fields[0], fields[2], fields[1]).with_context("pre-push");
}

Result<HookOutcome> pre_push(const HookCall& call, const base::Clock& clock) {
  std::vector<PushUpdate> updates;
  Lines lines(call.input);
  while (const auto line = lines.next()) {
    TRY(one, parse_outgoing(*line));
    if (updates.size() == kPushUpdatesMax) {
      return fail(Code::kTooLong,
                  "more than " + std::to_string(kPushUpdatesMax) + " refs in one push");
    }
    updates.push_back(std::move(one));
  }
  TRY(settings, read_settings(call.repository));
  const std::string remote = call.arguments.empty() ? std::string() : call.arguments.front();
  TRY(decision, judge_outgoing(call.repository, settings, std::move(updates), remote, clock));
  HookOutcome outcome = outcome_of(decision, "touchstone: not pushed", RefusedBy::kOwnHook);
  if (!outcome.accepted) {
    outcome.text += "hint: or push it as it is: git push --no-verify\n";
  }
  return outcome;
}

// hint_for is a person's mend, who cannot edit what lies on a server.
std::string_view hint_for(Code code, RefusedBy by) {
  return code == Code::kUntrustedSigner && by == RefusedBy::kServer
             ? "sign with a key the server knows, or ask who runs it to add this one"
             : describe(code).hint;
}

// append_once keeps a line unless it is there already.
void append_once(std::vector<std::string>& lines, std::string line) {
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) {
    lines.push_back(std::move(line));
  }
}

}  // namespace

std::string refusal_text(std::string_view heading, const std::vector<Refusal>& refusals,
                         RefusedBy by) {
  std::string text = std::string(heading) + "\n";
  std::vector<std::string> hints;
  const std::size_t shown = std::min(refusals.size(), kRefusalsShownMax);
  for (std::size_t i = 0; i < shown; ++i) {
    const Refusal& refusal = refusals[i];
    text += "  " + base::escape_for_display(refusal.what, kRefusalColumnsMax) + ": " +
            message_of(refusal.error) + "\n";
    append_once(hints, std::string(hint_for(refusal.error.code, by)));
    if (!refusal.mend.empty()) {
      append_once(hints, base::escape_for_display(refusal.mend, kRefusalColumnsMax));
    }
  }
  if (shown < refusals.size()) {
    text += "  … and " + std::to_string(refusals.size() - shown) + " more\n";
  }
  for (const std::string& hint : hints) {
    text += "hint: " + hint + "\n";
  }
  return text;
}

Result<HookOutcome> run_hook(const HookCall& call, const base::Clock& clock) {
  if (call.name == "pre-receive") {
    return pre_receive(call, clock);
  }
  if (call.name == "post-receive") {
    return post_receive(call, clock);
  }
  if (call.name == "update") {
    return update(call, clock);
  }
  if (call.name == "pre-push") {
    return pre_push(call, clock);
  }
  return fail(Code::kUsage, "there is no such hook here");
}

}  // namespace touchstone::git::server
