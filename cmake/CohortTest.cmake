# SPDX-License-Identifier: BSL-1.0
# The kinds of tests. Without COHORT_BUILD_TESTS each of these functions does nothing, so that an app may
# declare its tests beside its program.

# Every mpirun of a test: more ranks than cores are welcome, and none is bound (two jobs at once would be bound
# to the same cores). Variables do this for any launcher; command-line flags would not.
set(COHORT_MPI_ENVIRONMENT OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none)

# Internal: register one entry. `timeout` ends an mpirun that ignores SIGTERM; ctest's own limit stands behind it.
function(_cohort_register name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SECONDS;PROCESSORS" "COMMAND;LABELS;ENVIRONMENT")
  math(EXPR seconds "${arg_SECONDS} * ${COHORT_TIMEOUT_SCALE}")
  math(EXPR last_resort "${seconds} + 30")
  add_test(NAME ${name} COMMAND timeout -k 5 ${seconds} ${arg_COMMAND} COMMAND_EXPAND_LISTS)
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${last_resort}
    PROCESSORS "${arg_PROCESSORS}"
    LABELS "${arg_LABELS}"
    ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()

# cohort_add_test(NAME process SOURCES process_test.cpp RANKS 1 2 3 4 7
#                 [WINDOWS shared rma] [LABELS ...] [TIMEOUT 120] [MAIN session|plain]
#                 [ARGS ...] [LIBRARIES ...] [ENVIRONMENT NAME=value ...])
#
# Builds the GoogleTest program process_test.
# MAIN session (the default): it has the main of tests/support. One entry for each number of ranks and each
#   window, named process.np4.rma, labelled with LABELS, np4 and rma. 0 ranks: started without mpirun.
#   Where there is an entry for 2 ranks, that for 3 is slow, and of the rma window those for 1, 4 and 7 are.
# MAIN plain: it has GoogleTest's main and needs no MPI. One entry, named process.
function(cohort_add_test)
  if(NOT COHORT_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT;MAIN" "SOURCES;RANKS;WINDOWS;LABELS;ARGS;LIBRARIES;ENVIRONMENT")
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cohort_add_test wants NAME and SOURCES; not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_MAIN)
    set(arg_MAIN session)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_WINDOWS)
    set(arg_WINDOWS shared rma)
  endif()
  if(NOT DEFINED arg_RANKS AND arg_MAIN STREQUAL "session")
    message(FATAL_ERROR "cohort_add_test(NAME ${arg_NAME}): say how many RANKS, or MAIN plain")
  endif()

  set(program ${arg_NAME}_test)
  add_executable(${program} ${arg_SOURCES})
  target_include_directories(${program} PRIVATE "${cohort_SOURCE_DIR}/tests")
  target_link_libraries(${program} PRIVATE cohort::cohort cohort_warnings GTest::gtest ${arg_LIBRARIES})
  target_precompile_headers(${program} REUSE_FROM cohort_test_precompiled)
  set_target_properties(${program} PROPERTIES FOLDER tests)

  if(arg_MAIN STREQUAL "plain")
    target_link_libraries(${program} PRIVATE GTest::gtest_main)
    _cohort_register(${arg_NAME} SECONDS ${arg_TIMEOUT} PROCESSORS 1
      COMMAND $<TARGET_FILE:${program}> ${arg_ARGS}
      LABELS ${arg_LABELS}
      ENVIRONMENT ${COHORT_SANITIZER_ENVIRONMENT} ${arg_ENVIRONMENT})
    return()
  elseif(NOT arg_MAIN STREQUAL "session")
    message(FATAL_ERROR "cohort_add_test(NAME ${arg_NAME}): MAIN is '${arg_MAIN}'; it may be session or plain")
  endif()

  target_link_libraries(${program} PRIVATE cohort_test_support)
  foreach(ranks IN LISTS arg_RANKS)
    if(ranks EQUAL 0)
      set(launch "")
      set(posts "")
    else()
      set(launch ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks} ${MPIEXEC_PREFLAGS})
      set(posts ${MPIEXEC_POSTFLAGS})
    endif()
    set(processors 1)
    if(ranks GREATER 1)
      set(processors 2)
    endif()
    foreach(window IN LISTS arg_WINDOWS)
      if(window STREQUAL "shared")
        set(heap 256M)
      elseif(window STREQUAL "rma")
        set(heap 64M)
      else()
        message(FATAL_ERROR "cohort_add_test(NAME ${arg_NAME}): window '${window}'; there are shared and rma")
      endif()
      set(slow "")
      if("2" IN_LIST arg_RANKS AND "np${ranks}.${window}" MATCHES "^(np3[.]|np[147][.]rma$)")
        set(slow slow)
      endif()
      _cohort_register(${arg_NAME}.np${ranks}.${window} SECONDS ${arg_TIMEOUT} PROCESSORS ${processors}
        COMMAND ${launch} $<TARGET_FILE:${program}> ${posts} ${arg_ARGS}
        LABELS ${arg_LABELS} np${ranks} ${window} ${slow}
        ENVIRONMENT COHORT_WINDOW=${window} COHORT_HEAP=${heap} ${COHORT_MPI_ENVIRONMENT}
                    ${COHORT_SANITIZER_ENVIRONMENT} ${COHORT_SANITIZER_MPI_ENVIRONMENT} ${arg_ENVIRONMENT})
    endforeach()
  endforeach()
endfunction()

# cohort_add_script_test(NAME install COMMAND install_test.sh $<TARGET_FILE:quickstart> ...
#                        [LABELS ...] [TIMEOUT 120] [PROCESSORS 2] [ENVIRONMENT NAME=value ...])
#
# The first word is a script of this folder (run with bash) or any program. A script finds in its environment:
#   SOURCE_DIR BINARY_DIR         of the project
#   CXX CMAKE                     the compiler and the cmake of this build
#   MPIEXEC MPIEXEC_NUMPROC_FLAG  how to launch: "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 2 program
function(cohort_add_script_test)
  if(NOT COHORT_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT;PROCESSORS" "COMMAND;LABELS;ENVIRONMENT")
  if(NOT arg_NAME OR NOT arg_COMMAND OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cohort_add_script_test wants NAME and COMMAND; not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_PROCESSORS)
    set(arg_PROCESSORS 2)
  endif()
  list(POP_FRONT arg_COMMAND first)
  get_filename_component(script "${first}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(EXISTS "${script}" AND script MATCHES "\\.sh$")
    set(first bash "${script}")
  elseif(EXISTS "${script}")
    set(first "${script}")
  endif()
  _cohort_register(${arg_NAME} SECONDS ${arg_TIMEOUT} PROCESSORS ${arg_PROCESSORS}
    COMMAND ${first} ${arg_COMMAND}
    LABELS ${arg_LABELS} script
    ENVIRONMENT SOURCE_DIR=${cohort_SOURCE_DIR} BINARY_DIR=${cohort_BINARY_DIR}
                CXX=${CMAKE_CXX_COMPILER} CMAKE=${CMAKE_COMMAND}
                MPIEXEC=${MPIEXEC_EXECUTABLE} MPIEXEC_NUMPROC_FLAG=${MPIEXEC_NUMPROC_FLAG}
                ${COHORT_MPI_ENVIRONMENT} ${COHORT_SANITIZER_ENVIRONMENT} ${COHORT_SANITIZER_MPI_ENVIRONMENT}
                ${arg_ENVIRONMENT})
endfunction()

# cohort_add_compile_fail_test(NAME closure_that_captures SOURCE closure.cpp MESSAGE "extended regex" [LABELS ...])
#
# The file must not compile, and one line of what the compiler prints must match MESSAGE (as grep -E sees it).
function(cohort_add_compile_fail_test)
  if(NOT COHORT_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;SOURCE;MESSAGE" "LABELS")
  if(NOT arg_NAME OR NOT arg_SOURCE OR NOT arg_MESSAGE OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "cohort_add_compile_fail_test wants NAME, SOURCE and MESSAGE; not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  get_filename_component(source "${arg_SOURCE}" ABSOLUTE)
  # The compiler's own folders stay out: given with -isystem they would hide the C headers from the C++ ones.
  list(JOIN CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES "|" implicit)
  string(REGEX REPLACE "([+.])" "[\\1]" implicit "${implicit}")
  set(includes "$<TARGET_PROPERTY:cohort,INTERFACE_INCLUDE_DIRECTORIES>")
  set(includes "$<FILTER:$<REMOVE_DUPLICATES:${includes}>,EXCLUDE,^(${implicit})/?$>")
  set(defines "$<REMOVE_DUPLICATES:$<TARGET_PROPERTY:cohort,INTERFACE_COMPILE_DEFINITIONS>>")
  _cohort_register(${arg_NAME} SECONDS 120 PROCESSORS 1
    COMMAND bash "${cohort_SOURCE_DIR}/cmake/compile_fail.sh" "${arg_MESSAGE}"
            ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only
            "$<$<BOOL:${includes}>:-I$<JOIN:${includes},;-I>>"
            "$<$<BOOL:${defines}>:-D$<JOIN:${defines},;-D>>"
            "${source}"
    LABELS ${arg_LABELS} compile_fail)
endfunction()
