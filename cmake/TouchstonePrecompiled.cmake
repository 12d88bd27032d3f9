# SPDX-License-Identifier: Apache-2.0
# touchstone_precompile(TARGET library|program|test) spares a target the reading of the standard
# library's headers, which is more than half of what most of our files cost to compile.
#
# Only headers from outside are in it, and clang-tidy compiles every source of the product without:
# a file still has to include what it uses. Code for libraries and for programs is of different kinds
# (-fPIC, -fPIE), which GCC cannot mix.

set(touchstone_standard_headers
  <algorithm> <array> <cerrno> <charconv> <chrono> <cstdint> <cstdio> <cstdlib> <cstring> <filesystem>
  <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <system_error> <tuple>
  <utility> <variant> <vector> <tl/expected.hpp>)

# Off for clang, which serves the fuzz targets alone.
set(touchstone_precompiles OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(touchstone_precompiles ON)
endif()

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
