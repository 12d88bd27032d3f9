# SPDX-License-Identifier: Apache-2.0
# touchstone_library(NAME SOURCES … [DEPENDS …])      a static library of ours
# touchstone_program(NAME SOURCES … [DEPENDS …])      a program that is installed
# touchstone_test_program(NAME SOURCES … [DEPENDS …]) a program that is never installed
# touchstone_unit_test(NAME SOURCES … [DEPENDS …])    a gtest program, one ctest entry, label unit
#
# The target `programs` builds what is installed and nothing else.

add_custom_target(programs)

function(touchstone_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS}
                                PRIVATE touchstone_options ${ARG_PRIVATE_DEPENDS})
  touchstone_precompile(${name} library)
endfunction()

function(touchstone_test_program name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED program)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} touchstone_options)
  touchstone_precompile(${name} ${ARG_PRECOMPILED})
endfunction()

function(touchstone_program name)
  cmake_parse_arguments(ARG "" "DESTINATION" "SOURCES;DEPENDS" ${ARGN})
  touchstone_test_program(${name} SOURCES ${ARG_SOURCES} DEPENDS ${ARG_DEPENDS})
  add_dependencies(programs ${name})
  if(NOT ARG_DESTINATION)
    set(ARG_DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION "${ARG_DESTINATION}")
endfunction()

function(touchstone_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  touchstone_test_program(${name} SOURCES ${ARG_SOURCES} PRECOMPILED test
                          DEPENDS ${ARG_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1
           WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  # Property tests try the same inputs every time; run the program itself to try others.
  set(environment "RC_PARAMS=seed=1 max_success=500" ${TOUCHSTONE_SANITIZER_ENVIRONMENT})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300 ENVIRONMENT "${environment}")
endfunction()
