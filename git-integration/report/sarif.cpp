// SPDX-License-Identifier: Apache-2.0
#include "git-integration/report/sarif.h"

#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "base/text.h"
#include "git-integration/policy/repository_policy.h"

namespace touchstone::git {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::size_t kUriColumnsMax = 200;

boost::json::string text(std::string_view from) { return boost::json::string(from); }

object message(std::string_view from) { return {{"text", text(from)}}; }

// file_uri gives a path as a relative URI (RFC 3986): what is not plain is percent-encoded.
std::string file_uri(std::string_view path) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += kHex[byte >> 4U];
      uri += kHex[byte & 0xfU];
    }
  }
  return uri;
}

}  // namespace

std::string SarifLog::begin() {
  return R"({"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/)"
         R"(sarif-schema-2.1.0.json","version":"2.1.0","runs":[{"results":[)";
}

std::string SarifLog::result(const base::Error& problem, const Place& place) {
  rules_.insert(problem.code);
  const std::string_view word = base::describe(problem.code).word;
  object location{{"logicalLocations",
                   array{object{{"fullyQualifiedName", text(place.name)}, {"kind", place.kind}}}}};
  const std::string file =
      place.file.empty() && by_policy_ ? std::string(kPolicyFile) : file_uri(place.file);
  if (!file.empty()) {
    location["physicalLocation"] = object{{"artifactLocation", object{{"uri", text(file)}}}};
  }
  const object one{
      {"ruleId", text(word)},
      {"level", "error"},
      {"message", message(place.name + ": " + base::message_of(problem))},
      {"locations", array{std::move(location)}},
      {"partialFingerprints",
       object{{"touchstone/v1", text(place.name + " " + std::string(word))}}},
  };
  return (++results_ == 1 ? "\n" : ",\n") + boost::json::serialize(one);
}

std::string SarifLog::add(const ObjectVerdict& verdict) {
  Place place{verdict.id, "object", {}};
  if (!verdict.file.empty()) {
    place.name = base::escape_for_display(verdict.file, kUriColumnsMax);
    place.file = verdict.file;
  }
  std::string results;
  for (const base::Error& problem : verdict.problems) {
    results += result(problem, place);
  }
  return results;
}

std::string SarifLog::add(const HistoryFinding& finding) {
  return result(finding.error, {finding.id, "object", {}});
}

std::string SarifLog::end(const base::Error* stopped) const {
  array rules;
  for (const base::Code code : rules_) {
    const base::ErrorInfo& info = base::describe(code);
    rules.emplace_back(object{{"id", text(info.word)},
                              {"shortDescription", message(info.message)},
                              {"help", message(info.hint)}});
  }
  object invocation{{"executionSuccessful", stopped == nullptr}};
  if (stopped != nullptr) {
    invocation["toolExecutionNotifications"] =
        array{object{{"level", "error"}, {"message", message(base::message_of(*stopped))}}};
  }
  const object tool{{"driver", object{{"name", "touchstone"},
                                      {"version", TOUCHSTONE_VERSION},
                                      {"rules", std::move(rules)}}}};
  return "\n],\"invocations\":" + boost::json::serialize(array{std::move(invocation)}) +
         ",\"tool\":" + boost::json::serialize(tool) + "}]}\n";
}

}  // namespace touchstone::git
