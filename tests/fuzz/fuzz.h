// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

#include "base/bytes.h"

// fuzz is what every target defines: it takes any bytes and must neither crash nor break one of
// the properties it states with FUZZ_CHECK.
void fuzz(touchstone::base::ByteView bytes);

// FUZZ_CHECK aborts when a property does not hold, in every build type.
#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
