# SPDX-License-Identifier: Apache-2.0
# touchstone_precompile(TARGET library|program|test) spares a target the reading of the standard
# library's headers, which is more than half of what most of our files cost to compile.
#
# Only headers from outside are in it, and preset release compiles what it installs without: a file
# still has to include what it uses, for which the lint includes looks at headers. Code for libraries
# and for programs is of different kinds (-fPIC, -fPIE), which GCC cannot mix.
#
# In preset release the code of tests is compiled quickly, without optimization: its speed does not
# matter, and ./dev test waits for it. In preset asan, where nothing is optimized, what reads outside
# bytes is: replaying the fuzz targets' seeds costs more than compiling does.

set(touchstone_standard_headers
  <algorithm> <array> <cerrno> <charconv> <chrono> <cstdint> <cstdio> <cstdlib> <cstring> <filesystem>
  <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <system_error> <tuple>
  <utility> <variant> <vector> <tl/expected.hpp>)

string(COMPARE EQUAL "${CMAKE_BUILD_TYPE}" "Release" touchstone_for_release)
# Folders of tests set this.
set(TOUCHSTONE_COMPILES_TESTS OFF)

# GCC loses the diagnostic pragmas in a precompiled header (GCC bug 64117). These are the warnings
# that <bits/char_traits.h> switches off for itself, where they are wrong.
set(touchstone_precompiled_options
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)

# Fortified functions have to be optimized.
set(touchstone_quick_to_compile -O0 -U_FORTIFY_SOURCE)
set(touchstone_optimized_when_sanitized -O1)

function(touchstone_precompiled_headers kind)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPENDS" ${ARGN})
  set(target touchstone_precompiled_${kind})
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled/${kind}.cpp" CONTENT "int main() {}\n")
  if(kind MATCHES "library$")
    add_library(${target} STATIC "${PROJECT_BINARY_DIR}/precompiled/${kind}.cpp")
  else()
    add_executable(${target} "${PROJECT_BINARY_DIR}/precompiled/${kind}.cpp")
  endif()
  target_link_libraries(${target} PRIVATE touchstone_options tl::expected ${ARG_DEPENDS})
  target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
  if(touchstone_for_release)
    target_compile_options(${target} PRIVATE ${touchstone_quick_to_compile})
  endif()
  if(kind STREQUAL "optimized_library")
    target_compile_options(${target} PRIVATE ${touchstone_optimized_when_sanitized})
  endif()
endfunction()

# touchstone_reads_outside_bytes(RESULT KIND): is a target of this folder to be optimized?
function(touchstone_reads_outside_bytes result kind)
  set(${result} OFF PARENT_SCOPE)
  if(kind STREQUAL "library" AND TOUCHSTONE_SANITIZERS MATCHES "address"
     AND CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/(base|ssh|git-integration)(/|$)")
    set(${result} ON PARENT_SCOPE)
  endif()
endfunction()

function(touchstone_precompile target kind)
  touchstone_reads_outside_bytes(optimized "${kind}")
  if(optimized)
    set(kind optimized_library)
    target_compile_options(${target} PRIVATE ${touchstone_optimized_when_sanitized})
  endif()
  # What is installed is also compiled with the warnings that are switched off above.
  if(touchstone_for_release AND NOT TOUCHSTONE_COMPILES_TESTS)
    return()
  endif()
  if(touchstone_for_release)
    target_compile_options(${target} PRIVATE ${touchstone_quick_to_compile})
  endif()
  target_precompile_headers(${target} REUSE_FROM touchstone_precompiled_${kind})
  target_compile_options(${target} PRIVATE ${touchstone_precompiled_options})
endfunction()

touchstone_precompiled_headers(library HEADERS ${touchstone_standard_headers})
if(TOUCHSTONE_SANITIZERS MATCHES "address")
  touchstone_precompiled_headers(optimized_library HEADERS ${touchstone_standard_headers})
endif()
touchstone_precompiled_headers(program HEADERS ${touchstone_standard_headers})
if(TOUCHSTONE_BUILD_TESTS)
  touchstone_precompiled_headers(test
    HEADERS ${touchstone_standard_headers} <fstream> <gmock/gmock.h> <gtest/gtest.h>
    DEPENDS GTest::gmock GTest::gtest)
endif()
