# SPDX-License-Identifier: BSL-1.0
# COHORT_SANITIZE instruments everything that is built here, and sets the environment its tests run in.

if(NOT COHORT_SANITIZE MATCHES "^(|address,undefined|thread)$")
  message(FATAL_ERROR "COHORT_SANITIZE is '${COHORT_SANITIZE}'; it may be empty, 'address,undefined' or 'thread'")
endif()

set(COHORT_TIMEOUT_SCALE 1)  # instrumented programs get more time
set(COHORT_SANITIZER_ENVIRONMENT "")  # of every test
set(COHORT_SANITIZER_MPI_ENVIRONMENT "")  # of those that start MPI

if(COHORT_SANITIZE)
  add_compile_options(-fsanitize=${COHORT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${COHORT_SANITIZE})
  set(COHORT_TIMEOUT_SCALE 4)
endif()

if(COHORT_SANITIZE STREQUAL "address,undefined")
  set(COHORT_SANITIZER_ENVIRONMENT "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1")
  # Open MPI does not give back all it takes.
  set(COHORT_SANITIZER_MPI_ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")
elseif(COHORT_SANITIZE STREQUAL "thread")
  set(COHORT_SANITIZER_ENVIRONMENT
      "TSAN_OPTIONS=suppressions='${PROJECT_SOURCE_DIR}/tests/support/tsan.supp':halt_on_error=1:second_deadlock_stack=1")
  # Their own hooks of madvise and its like run before ThreadSanitizer knows the thread.
  set(COHORT_SANITIZER_MPI_ENVIRONMENT OMPI_MCA_memory=^patcher UCX_MEM_EVENTS=no)
endif()
