# SPDX-License-Identifier: BSL-1.0

# cohort_add_app(NAME quickstart SOURCES quickstart.cpp [LIBRARIES tbb ...])
#
# A program that links Cohort, built with our warnings. It lies in the build folder where it lies in the source:
# apps/quickstart/quickstart, which is where scripts/run looks for it.
function(cohort_add_app)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LIBRARIES")
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cohort_add_app wants NAME and SOURCES; not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE cohort::cohort cohort_warnings ${arg_LIBRARIES})
  target_precompile_headers(${arg_NAME} REUSE_FROM cohort_app_precompiled)
  set_target_properties(${arg_NAME} PROPERTIES FOLDER apps RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
