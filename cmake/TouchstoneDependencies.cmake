# SPDX-License-Identifier: Apache-2.0
# Everything outside this tree, in one place. All of it is in Debian 12.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(Boost 1.81.0 EXACT REQUIRED CONFIG COMPONENTS program_options json)
find_package(tl-expected REQUIRED)
# Used as headers only, by git-integration/toml_document.cpp.
find_package(tomlplusplus 3.3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(fido2 REQUIRED IMPORTED_TARGET libfido2>=1.12)
pkg_check_modules(udev REQUIRED IMPORTED_TARGET libudev)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
if(TOUCHSTONE_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  pkg_check_modules(cbor REQUIRED IMPORTED_TARGET libcbor)
  pkg_check_modules(umockdev REQUIRED IMPORTED_TARGET umockdev-1.0)
endif()
