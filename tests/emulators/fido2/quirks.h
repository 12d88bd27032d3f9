// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "tests/emulators/fido2/profile.h"

namespace touchstone::emulators::fido2 {

// Quirks are the misbehaviours of an emulated token, one switch each, all off. On the command line
// and the control socket they are written name=value; the names are those of the members. A
// "step" is a CTAPHID_CBOR or CTAPHID_MSG message since the token was plugged in, the first is 1;
// libfido2's fido_dev_open makes step 1 on a CTAP2 token (getInfo).
struct Quirks {
  // What an assertion says, and signs.
  bool up_zero = false;           // UP=0 although the button was pressed
  bool up_without_touch = false;  // UP=1 and nobody was asked
  bool uv_zero = false;           // UV=0 although the PIN was right
  bool wrong_rp = false;          // authenticator data of another application
  bool wrong_credential = false;  // answers with a credential id that was not asked for
  bool wrong_key = false;         // signs with a key that nobody knows
  bool bad_signature = false;     // one bit of the signature is wrong

  // The signature counter (reference/security C5). Default: one for all credentials, +1.
  bool counter_per_credential = false;
  bool counter_zero = false;         // always 0, as passkeys say
  bool counter_stuck = false;        // does not move
  std::uint32_t counter_back = 0;    // goes down by this much each time: a clone, a restored state
  std::uint32_t counter_step = 1;    // goes up by this much
  std::uint32_t counter_random = 0;  // goes up by 1 to this much (OpenSK 8, SoloKeys 16)

  // What firmware refuses, forgets or does otherwise.
  bool refuse_silent = false;          // up=false is answered with CTAP2_ERR_UNSUPPORTED_OPTION
  bool no_such_credential = false;     // CTAP2_ERR_NO_CREDENTIALS to every assertion
  bool eddsa_listed_only = false;      // getInfo lists EdDSA, makeCredential refuses it
  bool algorithms_unlisted = false;    // getInfo without its algorithms (before CTAP 2.1)
  bool attestation_none = false;       // format "none"
  bool attestation_self = false;       // packed, signed by the credential's own key, no x5c
  bool attestation_bad = false;        // packed, and the signature is wrong
  bool attestation_chain = false;      // packed, with the root behind the leaf in x5c
  bool uv_fails = false;               // the fingerprint is never recognised
  std::optional<Aaguid> aaguid;        // reports another model
  std::uint32_t touch_timeout_ms = 0;  // instead of 30 s; 0: 30 s
  std::uint32_t fail_status = 0;       // every CTAP2 command is answered with this status …
  std::uint32_t fail_command = 0;      // … or only this one (0x01 makeCredential, 0x02 …)

  // What the reply looks like on the wire.
  bool garbage_cbor = false;     // status 0 and bytes that are no CBOR, except getInfo
  bool truncated_cbor = false;   // the last byte of the reply is missing, except getInfo
  bool trailing_bytes = false;   // a byte too many after the CBOR, except getInfo
  bool oversize = false;         // as many bytes as CTAPHID can carry, except getInfo
  bool empty_reply = false;      // a CTAPHID message of no bytes, except getInfo
  bool garbage_info = false;     // getInfo is no CBOR
  bool oversize_claim = false;   // a length in the first frame that CTAPHID cannot carry
  bool wrong_nonce = false;      // CTAPHID_INIT answers another nonce
  bool wrong_channel = false;    // replies on a channel nobody has
  bool wrong_sequence = false;   // continuation frames out of order
  bool keepalive_flood = false;  // ten keepalives before each reply

  // Silence and absence. A number is a step; 0: never.
  std::uint32_t stall_at = 0;             // no answer to this step and all after it
  std::uint32_t busy_at = 0;              // ERR_CHANNEL_BUSY to this one step
  std::uint32_t disconnect_at = 0;        // unplugged when the step arrives
  std::uint32_t disconnect_in_reply = 0;  // unplugged after the first frame of the reply
  bool disconnect_at_touch = false;       // unplugged while it waits for the touch
  bool no_usb_parent = false;             // in sysfs, from the next plug: as a Bluetooth token
};

// set_quirk understands "name=value"; "name" alone is name=1. Numbers are decimal or 0x…; aaguid
// is 32 hex digits or empty for none. kUsage, naming the quirk, for everything else.
base::Status set_quirk(Quirks& quirks, std::string_view assignment);

// quirks_json lists those which are not at their default, as a JSON object.
std::string quirks_json(const Quirks& quirks);

}  // namespace touchstone::emulators::fido2
