// SPDX-License-Identifier: Apache-2.0
#include "agent/journal_format.h"

#include <array>
#include <cstdio>
#include <utility>

#include <boost/json.hpp>

#include "agent/limits.h"
#include "base/encoding.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

namespace json = boost::json;

constexpr std::array kTypes = {
    std::pair{JournalLineType::kHeader, std::string_view("journal")},
    std::pair{JournalLineType::kIntent, std::string_view("intent")},
    std::pair{JournalLineType::kSuccess, std::string_view("success")},
    std::pair{JournalLineType::kFailure, std::string_view("failure")},
    std::pair{JournalLineType::kRefused, std::string_view("refused")},
    std::pair{JournalLineType::kEvent, std::string_view("event")},
};

constexpr std::string_view kProbe = "probe";

std::string_view word_of(JournalLineType type) {
  for (const auto& [known, word] : kTypes) {
    if (known == type) {
      return word;
    }
  }
  return "event";
}

std::string escaped(std::string_view text) {
  return base::escape_for_display(text, kFactColumnsMax);
}

// Members come out in the order they are put in: the line is hashed as it stands.
json::object begin(const JournalPlace& place, JournalLineType type) {
  json::object line;
  if (type == JournalLineType::kHeader) {
    line["version"] = kJournalVersion;
  }
  line["seq"] = place.sequence;
  line["prev"] = base::to_hex(place.previous);
  line["time"] = base::to_rfc3339(place.time);
  line["type"] = word_of(type);
  return line;
}

json::array facts_of(const Subject& subject) {
  json::array facts;
  for (const Fact& fact : subject.facts) {
    if (facts.size() == kFactsMax) {
      break;
    }
    json::object entry;
    entry["label"] = base::escape_for_display(fact.label, kFactLabelColumnsMax);
    entry["value"] = escaped(fact.value);
    entry["source"] = fact.source == FactSource::kVerified ? "verified" : "claimed";
    facts.push_back(std::move(entry));
  }
  return facts;
}

json::object client_of(const Client& client) {
  json::object out;
  out["pid"] = client.pid;
  out["uid"] = client.uid;
  out["program"] = escaped(client.program);
  out["terminal"] = escaped(client.terminal);
  out["forwarded"] = client.forwarded;
  return out;
}

void add_prompt(json::object& line, const Prompt& prompt) {
  line["number"] = prompt.number;
  line["purpose"] = name_of(prompt.subject.purpose);
  line["headline"] = escaped(prompt.subject.headline);
  line["facts"] = facts_of(prompt.subject);
  line["client"] = client_of(prompt.client);
  line["key_name"] = escaped(prompt.key_name);
  line["fingerprint"] = escaped(prompt.key_fingerprint);
  line["token"] = escaped(prompt.token);
  line["digest"] = escaped(prompt.digest);
}

void add_error(json::object& line, const base::Error& error) {
  line["error"] = base::describe(error.code).word;
  line["native"] = error.native;
  line["context"] = base::escape_for_display(error.context, base::kErrorColumnsMax);
}

tl::unexpected<base::Error> malformed(std::string_view member) {
  return base::fail(base::Code::kMalformed, "member " + std::string(member));
}

base::Result<std::string_view> text_at(const json::object& line, std::string_view name) {
  const json::value* value = line.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  if (text == nullptr) {
    return malformed(name);
  }
  return std::string_view(text->data(), text->size());
}

base::Result<std::uint64_t> number_at(const json::object& line, std::string_view name) {
  const json::value* value = line.if_contains(name);
  if (value != nullptr && value->is_uint64()) {
    return value->get_uint64();
  }
  if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value->get_int64());
  }
  return malformed(name);
}

base::Result<base::Bytes> bytes_at(const json::object& line, std::string_view name) {
  TRY(text, text_at(line, name));
  return base::from_base64(text, kJournalLineMax).with_context(name);
}

base::Result<base::Sha256> hash_from(std::string_view hex) {
  TRY(bytes, base::from_hex(hex));
  base::Sha256 hash{};
  if (bytes.size() != hash.size() || base::to_hex(bytes) != hex) {
    return base::fail(base::Code::kMalformed, "hash");
  }
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

base::Result<JournalLineType> type_at(const json::object& line) {
  TRY(word, text_at(line, "type"));
  for (const auto& [type, known] : kTypes) {
    if (known == word) {
      return type;
    }
  }
  return base::fail(base::Code::kUnsupported, "line type " + std::string(word));
}

base::Status read_success(const json::object& object, JournalLine& line) {
  TRY_ASSIGN(line.signature, bytes_at(object, "signature"));
  const json::value* counter = object.if_contains("counter");
  if (counter == nullptr) {
    return malformed("counter");
  }
  if (!counter->is_null()) {
    TRY(value, number_at(object, "counter"));
    if (value > 0xffffffffU) {
      return malformed("counter");
    }
    line.counter = static_cast<std::uint32_t>(value);
  }
  return {};
}

base::Status read_probe(const json::object& object, JournalLine& line) {
  TRY_ASSIGN(line.key_name, text_at(object, "key_name"));
  const json::value* marker = object.if_contains("marker");
  if (marker == nullptr || !marker->is_bool()) {
    return malformed("marker");
  }
  line.by_marker = marker->get_bool();
  TRY_ASSIGN(line.key_blob, bytes_at(object, "key"));
  TRY_ASSIGN(line.data, bytes_at(object, "data"));
  return read_success(object, line);
}

base::Status read_members(const json::object& object, JournalLine& line) {
  switch (line.type) {
    case JournalLineType::kHeader: {
      TRY(version, number_at(object, "version"));
      if (version != kJournalVersion) {
        return base::fail(base::Code::kUnsupported, "version " + std::to_string(version));
      }
      return {};
    }
    case JournalLineType::kIntent: {
      TRY_ASSIGN(line.number, number_at(object, "number"));
      TRY(presence, text_at(object, "presence"));
      line.presence = presence;
      TRY_ASSIGN(line.key_blob, bytes_at(object, "key"));
      TRY_ASSIGN(line.data, bytes_at(object, "data"));
      return {};
    }
    case JournalLineType::kSuccess:
      TRY_ASSIGN(line.number, number_at(object, "number"));
      return read_success(object, line);
    case JournalLineType::kFailure:
    case JournalLineType::kRefused:
      TRY_ASSIGN(line.number, number_at(object, "number"));
      TRY_VOID(text_at(object, "error"));
      return {};
    case JournalLineType::kEvent: {
      TRY(what, text_at(object, "what"));
      line.probe = what == kProbe;
      return line.probe ? read_probe(object, line) : base::Status();
    }
  }
  return {};
}

}  // namespace

std::string format_journal_header(const JournalPlace& place) {
  return json::serialize(begin(place, JournalLineType::kHeader));
}

std::string format_journal_intent(const JournalPlace& place, const Journal::Intent& intent) {
  json::object line = begin(place, JournalLineType::kIntent);
  add_prompt(line, intent.prompt);
  line["presence"] = escaped(intent.presence);
  line["shown_on"] = escaped(intent.shown_on);
  line["key"] = base::to_base64(intent.key_blob);
  line["data"] = base::to_base64(intent.data);
  return json::serialize(line);
}

std::string format_journal_success(const JournalPlace& place, RequestNumber number,
                                   base::ByteView signature, std::optional<std::uint32_t> counter) {
  json::object line = begin(place, JournalLineType::kSuccess);
  line["number"] = number;
  line["signature"] = base::to_base64(signature);
  line["counter"] = counter ? json::value(*counter) : json::value(nullptr);
  return json::serialize(line);
}

std::string format_journal_failure(const JournalPlace& place, RequestNumber number,
                                   const base::Error& error) {
  json::object line = begin(place, JournalLineType::kFailure);
  line["number"] = number;
  add_error(line, error);
  return json::serialize(line);
}

std::string format_journal_refused(const JournalPlace& place, const Prompt& prompt,
                                   const base::Error& error) {
  json::object line = begin(place, JournalLineType::kRefused);
  add_prompt(line, prompt);
  add_error(line, error);
  return json::serialize(line);
}

std::string format_journal_probe(const JournalPlace& place, const Journal::Probe& probe) {
  json::object line = begin(place, JournalLineType::kEvent);
  line["what"] = kProbe;
  line["detail"] = probe.by_marker ? "asked without a touch: the key's marker answered"
                                   : "asked without a touch";
  line["key_name"] = escaped(probe.key_name);
  line["marker"] = probe.by_marker;
  line["key"] = base::to_base64(probe.key_blob);
  line["data"] = base::to_base64(probe.data);
  line["signature"] = base::to_base64(probe.signature);
  line["counter"] = probe.counter;
  return json::serialize(line);
}

std::string format_journal_event(const JournalPlace& place, std::string_view what,
                                 std::string_view detail) {
  json::object line = begin(place, JournalLineType::kEvent);
  line["what"] = escaped(what);
  line["detail"] = base::escape_for_display(detail, base::kErrorColumnsMax);
  return json::serialize(line);
}

base::Result<JournalLine> parse_journal_line(std::string_view line) {
  if (line.size() > kJournalLineMax) {
    return base::fail(base::Code::kTooLong, "limit " + std::to_string(kJournalLineMax) + " bytes");
  }
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    return base::fail(base::Code::kMalformed, "not a JSON object");
  }
  JournalLine out;
  TRY_ASSIGN(out.type, type_at(*object));
  TRY_ASSIGN(out.sequence, number_at(*object, "seq"));
  TRY(previous, text_at(*object, "prev"));
  TRY_ASSIGN(out.previous, hash_from(previous));
  TRY_VOID(read_members(*object, out));
  return out;
}

std::string format_journal_head(const JournalHead& head) {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "%020llu ",
                static_cast<unsigned long long>(head.sequence));
  return digits.data() + base::to_hex(head.hash) + "\n";
}

base::Result<JournalHead> parse_journal_head(std::string_view text) {
  if (text.size() != kJournalHeadBytes || text[20] != ' ' || text.back() != '\n') {
    return base::fail(base::Code::kMalformed);
  }
  JournalHead head;
  for (const char c : text.substr(0, 20)) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (c < '0' || c > '9' || head.sequence > (UINT64_MAX - digit) / 10) {
      return base::fail(base::Code::kMalformed);
    }
    head.sequence = head.sequence * 10 + digit;
  }
  TRY_ASSIGN(head.hash, hash_from(text.substr(21, 64)));
  return head;
}

std::filesystem::path journal_head_path(const std::filesystem::path& journal) {
  return journal.native() + ".head";
}

base::Sha256 hash_of_line(std::string_view line) { return base::sha256(base::as_bytes(line)); }

}  // namespace touchstone::agent
