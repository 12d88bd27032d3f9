// SPDX-License-Identifier: Apache-2.0
#include "agent/client_info.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

// A program's name in /proc/PID/stat is its own choice; whatever it is, what comes out is nothing
// or the path of a terminal.
void fuzz(base::ByteView bytes) {
  const std::string terminal = agent::terminal_of_stat(base::as_text(bytes));
  FUZZ_CHECK(terminal.empty() || terminal.starts_with("/dev/pts/") ||
             terminal.starts_with("/dev/tty"));
  const std::size_t number = terminal.find_last_not_of("0123456789");
  FUZZ_CHECK(terminal.empty() || number + 1 < terminal.size());
}
