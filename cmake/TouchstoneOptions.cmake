# SPDX-License-Identifier: Apache-2.0
# Compiler flags, as INTERFACE targets: nothing is added to CMAKE_CXX_FLAGS.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Presets that nobody edits in compile a target's sources in bundles (CMAKE_UNITY_BUILD): most of
# their time went into the same headers and templates again and again.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)

add_library(touchstone_warnings INTERFACE)
target_compile_options(touchstone_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wswitch-enum -Wundef -Wformat=2
  $<$<CXX_COMPILER_ID:GNU>:-Wimplicit-fallthrough=5 -Wduplicated-cond -Wduplicated-branches
    -Wlogical-op -Wuseless-cast>
  $<$<BOOL:${TOUCHSTONE_WERROR}>:-Werror>)
# At -O2 GCC 12 takes the value of an expected that was checked for one that may be missing; -O1 in
# preset dev still warns.
target_compile_options(touchstone_warnings INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-maybe-uninitialized>)
if(CMAKE_UNITY_BUILD)
  # In a bundle every source is an included file, which GCC takes for a header of several.
  target_compile_options(touchstone_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(TOUCHSTONE_SANITIZERS)
  # GCC 12's flow analysis loses the thread in instrumented code and warns about the library.
  target_compile_options(touchstone_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-tsan -Wno-duplicated-branches>)
endif()

add_library(touchstone_hardening INTERFACE)
target_compile_options(touchstone_hardening INTERFACE
  -fstack-protector-strong -fcf-protection=full
  $<$<CXX_COMPILER_ID:GNU>:-fstack-clash-protection -ftrivial-auto-var-init=zero
    # GCC before 13.3 shares stack slots of objects whose lifetimes overlap (GCC bug 111843).
    -fstack-reuse=none>)
target_compile_definitions(touchstone_hardening INTERFACE _GLIBCXX_ASSERTIONS)
if(NOT TOUCHSTONE_SANITIZERS)
  target_compile_definitions(touchstone_hardening INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=3>)
endif()
target_link_options(touchstone_hardening INTERFACE
  -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code)

add_library(touchstone_sanitizers INTERFACE)
if(TOUCHSTONE_SANITIZERS)
  target_compile_options(touchstone_sanitizers INTERFACE
    -fsanitize=${TOUCHSTONE_SANITIZERS} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_compile_definitions(touchstone_sanitizers INTERFACE TOUCHSTONE_SANITIZED)
  # Instrumented code is full of addresses: hundreds of thousands to relocate each time a program
  # starts, half of its time, unless it lies where it was linked to.
  target_link_options(touchstone_sanitizers INTERFACE
    -fsanitize=${TOUCHSTONE_SANITIZERS}
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
  # Debug information makes ld slow; what is installed is linked by ld all the same.
  find_program(TOUCHSTONE_LLD ld.lld)
  if(TOUCHSTONE_LLD)
    target_link_options(touchstone_sanitizers INTERFACE -fuse-ld=lld)
  endif()
endif()
if(TOUCHSTONE_BUILD_FUZZERS)
  target_compile_options(touchstone_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
  # LeakSanitizer and the address space of a fuzzed parser do not need the locked heap.
  target_compile_definitions(touchstone_sanitizers INTERFACE TOUCHSTONE_FUZZING)
endif()
if(TOUCHSTONE_COVERAGE)
  target_compile_options(touchstone_sanitizers INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(touchstone_sanitizers INTERFACE --coverage)
endif()

add_library(touchstone_options INTERFACE)
target_link_libraries(touchstone_options INTERFACE
  touchstone_warnings touchstone_hardening touchstone_sanitizers)
target_include_directories(touchstone_options INTERFACE "${PROJECT_SOURCE_DIR}")
# OpenSSL: EVP only. Boost: error codes, no deprecated Asio interfaces.
target_compile_definitions(touchstone_options INTERFACE
  OPENSSL_NO_DEPRECATED OPENSSL_API_COMPAT=30000
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # ccache remembers nothing that uses a precompiled header unless it may look past the macros and
  # times in it; it still compares the header itself. By the compiler's own list of what it read,
  # nothing has to be preprocessed for a file that was never compiled before.
  set(launcher "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1
               "${CCACHE_PROGRAM}")
  set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
endif()

function(touchstone_print_summary)
  message(STATUS "")
  message(STATUS "touchstone ${PROJECT_VERSION}")
  message(STATUS "  build type  ${CMAKE_BUILD_TYPE}")
  message(STATUS "  compiler    ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
  message(STATUS "  sanitizers  ${TOUCHSTONE_SANITIZERS}")
  message(STATUS "  tests       ${TOUCHSTONE_BUILD_TESTS}")
  message(STATUS "  fuzzers     ${TOUCHSTONE_BUILD_FUZZERS}")
  message(STATUS "  ccache      ${CCACHE_PROGRAM}")
  message(STATUS "")
endfunction()
