// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/quirks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>

#include "base/encoding.h"

namespace touchstone::emulators::fido2 {
namespace {

using Member = std::variant<bool Quirks::*, std::uint32_t Quirks::*>;

struct Entry {
  std::string_view name;
  Member member;
};

constexpr std::array kEntries = {
    Entry{"up_zero", &Quirks::up_zero},
    Entry{"up_without_touch", &Quirks::up_without_touch},
    Entry{"uv_zero", &Quirks::uv_zero},
    Entry{"wrong_rp", &Quirks::wrong_rp},
    Entry{"wrong_credential", &Quirks::wrong_credential},
    Entry{"wrong_key", &Quirks::wrong_key},
    Entry{"bad_signature", &Quirks::bad_signature},
    Entry{"counter_per_credential", &Quirks::counter_per_credential},
    Entry{"counter_zero", &Quirks::counter_zero},
    Entry{"counter_stuck", &Quirks::counter_stuck},
    Entry{"counter_back", &Quirks::counter_back},
    Entry{"counter_step", &Quirks::counter_step},
    Entry{"counter_random", &Quirks::counter_random},
    Entry{"refuse_silent", &Quirks::refuse_silent},
    Entry{"no_such_credential", &Quirks::no_such_credential},
    Entry{"eddsa_listed_only", &Quirks::eddsa_listed_only},
    Entry{"algorithms_unlisted", &Quirks::algorithms_unlisted},
    Entry{"attestation_none", &Quirks::attestation_none},
    Entry{"attestation_self", &Quirks::attestation_self},
    Entry{"attestation_bad", &Quirks::attestation_bad},
    Entry{"attestation_chain", &Quirks::attestation_chain},
    Entry{"uv_fails", &Quirks::uv_fails},
    Entry{"touch_timeout_ms", &Quirks::touch_timeout_ms},
    Entry{"fail_status", &Quirks::fail_status},
    Entry{"fail_command", &Quirks::fail_command},
    Entry{"garbage_cbor", &Quirks::garbage_cbor},
    Entry{"truncated_cbor", &Quirks::truncated_cbor},
    Entry{"trailing_bytes", &Quirks::trailing_bytes},
    Entry{"oversize", &Quirks::oversize},
    Entry{"empty_reply", &Quirks::empty_reply},
    Entry{"garbage_info", &Quirks::garbage_info},
    Entry{"oversize_claim", &Quirks::oversize_claim},
    Entry{"wrong_nonce", &Quirks::wrong_nonce},
    Entry{"wrong_channel", &Quirks::wrong_channel},
    Entry{"wrong_sequence", &Quirks::wrong_sequence},
    Entry{"keepalive_flood", &Quirks::keepalive_flood},
    Entry{"stall_at", &Quirks::stall_at},
    Entry{"busy_at", &Quirks::busy_at},
    Entry{"disconnect_at", &Quirks::disconnect_at},
    Entry{"disconnect_in_reply", &Quirks::disconnect_in_reply},
    Entry{"disconnect_at_touch", &Quirks::disconnect_at_touch},
    Entry{"no_usb_parent", &Quirks::no_usb_parent},
};

base::Result<std::uint32_t> parse_number(std::string_view text) {
  int radix = 10;
  if (text.substr(0, 2) == "0x") {
    radix = 16;
    text.remove_prefix(2);
  }
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, radix);
  if (error != std::errc{} || rest != end) {
    return base::fail(base::Code::kUsage, "not a number");
  }
  return number;
}

base::Status set_aaguid(Quirks& quirks, std::string_view value) {
  quirks.aaguid.reset();
  if (value.empty()) {
    return {};
  }
  TRY(bytes, base::from_hex(value));
  Aaguid aaguid{};
  if (bytes.size() != aaguid.size()) {
    return base::fail(base::Code::kUsage, "not 32 hex digits");
  }
  std::copy(bytes.begin(), bytes.end(), aaguid.begin());
  quirks.aaguid = aaguid;
  return {};
}

struct Setter {
  Quirks& quirks;
  std::string_view value;

  base::Status operator()(bool Quirks::*member) const {
    if (value != "0" && value != "1") {
      return base::fail(base::Code::kUsage, "neither 0 nor 1");
    }
    quirks.*member = value == "1";
    return {};
  }
  base::Status operator()(std::uint32_t Quirks::*member) const {
    TRY_ASSIGN(quirks.*member, parse_number(value));
    return {};
  }
};

struct Describer {
  const Quirks& quirks;

  // The value as text, or nothing when it is the default.
  std::string operator()(bool Quirks::*member) const {
    const bool changed = quirks.*member != Quirks{}.*member;
    return changed ? std::string(quirks.*member ? "true" : "false") : std::string();
  }
  std::string operator()(std::uint32_t Quirks::*member) const {
    const bool changed = quirks.*member != Quirks{}.*member;
    return changed ? std::to_string(quirks.*member) : std::string();
  }
};

}  // namespace

base::Status set_quirk(Quirks& quirks, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? "1" : assignment.substr(equals + 1);
  const std::string context = "quirk " + std::string(name);
  if (name == "aaguid") {
    return set_aaguid(quirks, value).with_context(context);
  }
  const auto named = [name](const Entry& entry) { return entry.name == name; };
  const auto found = std::find_if(kEntries.begin(), kEntries.end(), named);
  if (found == kEntries.end()) {
    return base::fail(base::Code::kUsage, context + ": no such quirk");
  }
  return std::visit(Setter{quirks, value}, found->member).with_context(context);
}

std::string quirks_json(const Quirks& quirks) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& value) {
    out += (out.empty() ? "\"" : ",\"") + std::string(name) + "\":" + value;
  };
  for (const Entry& entry : kEntries) {
    const std::string value = std::visit(Describer{quirks}, entry.member);
    if (!value.empty()) {
      add(entry.name, value);
    }
  }
  if (quirks.aaguid.has_value()) {
    add("aaguid", "\"" + base::to_hex(*quirks.aaguid) + "\"");
  }
  return "{" + out + "}";
}

}  // namespace touchstone::emulators::fido2
