# SPDX-License-Identifier: BSL-1.0

# cohort_precompile(TARGET HEADERS...)
#
# Programs that name TARGET in target_precompile_headers(... REUSE_FROM TARGET) have these headers parsed once for all
# of them, which is a third of the work for most. cohort_headers_alone sees that no header relies on it.
function(cohort_precompile target)
  set(unit "${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "// All that this target has is its precompiled header.\n")
  add_library(${target} OBJECT "${unit}")
  target_link_libraries(${target} PRIVATE cohort::cohort cohort_warnings)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  set_target_properties(${target} PROPERTIES FOLDER precompiled)
endfunction()
