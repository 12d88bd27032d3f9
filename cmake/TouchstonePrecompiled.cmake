# SPDX-License-Identifier: Apache-2.0
# touchstone_precompile(TARGET library|program|test) spares a target the reading of the standard
# library's headers, which is more than half of what most of our files cost to compile.
#
# Only headers from outside are in it, and preset release compiles without: a file still has to
# include what it uses, for which the lint includes looks at headers. Code for libraries and for
# programs is of different kinds (-fPIC, -fPIE), which GCC cannot mix.

set(touchstone_standard_headers
  <algorithm> <array> <cerrno> <charconv> <chrono> <cstdint> <cstdio> <cstdlib> <cstring> <filesystem>
  <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <system_error> <tuple>
  <utility> <variant> <vector> <tl/expected.hpp>)

# Off for clang, which serves the fuzz targets alone, and for what is installed, so that our code is
# also compiled with the warnings that are switched off below.
set(touchstone_precompiles OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  set(touchstone_precompiles ON)
endif()

# GCC loses the diagnostic pragmas in a precompiled header (GCC bug 64117). These are the warnings
# that <bits/char_traits.h> switches off for itself, where they are wrong.
set(touchstone_precompiled_options
  -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)

function(touchstone_precompiled_headers kind)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPENDS" ${ARGN})
  set(target touchstone_precompiled_${kind})
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled/${kind}.cpp" CONTENT "int main() {}\n")
  if(kind STREQUAL "library")
    add_library(${target} STATIC "${PROJECT_BINARY_DIR}/precompiled/${kind}.cpp")
  else()
    add_executable(${target} "${PROJECT_BINARY_DIR}/precompiled/${kind}.cpp")
  endif()
  target_link_libraries(${target} PRIVATE touchstone_options tl::expected ${ARG_DEPENDS})
  target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
endfunction()

function(touchstone_precompile target kind)
  if(touchstone_precompiles)
    target_precompile_headers(${target} REUSE_FROM touchstone_precompiled_${kind})
    target_compile_options(${target} PRIVATE ${touchstone_precompiled_options})
  endif()
endfunction()

if(touchstone_precompiles)
  touchstone_precompiled_headers(library HEADERS ${touchstone_standard_headers})
  touchstone_precompiled_headers(program HEADERS ${touchstone_standard_headers})
  if(TOUCHSTONE_BUILD_TESTS)
    touchstone_precompiled_headers(test
      HEADERS ${touchstone_standard_headers} <fstream> <gmock/gmock.h> <gtest/gtest.h>
      DEPENDS GTest::gmock GTest::gtest)
  endif()
endif()
