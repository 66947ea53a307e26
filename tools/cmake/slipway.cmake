# slipway.cmake - the functions that every CMakeLists.txt uses.
#
#   slipway_library(NAME SOURCES ... [LIBS ...])   a folder's library, for host and target
#   slipway_test(NAME SOURCES ... [LIBS ...] [SWEEP])  a cmocka test, registered with ctest (host only): label unit. SWEEP: it goes
#                                                  over very many cases: label sweep; with sanitizers it is a unit
#                                                  test that draws some (testing/rig_draw.h)
#   slipway_sweep(NAME COMMAND ...)                another run of such a test
#   slipway_system_test(NAME COMMAND ... [FIXTURE f]) a whole-system or interop test (host only)
#   slipway_fuzz(NAME SOURCES ... [LIBS ...])      a libFuzzer target (only with SLIPWAY_FUZZ)
#
# Who may link whom stands in tools/layers.txt.

add_compile_options(-Wall -Wextra -Werror -Wvla -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                    -Wpointer-arith -Wcast-align -Wwrite-strings -Wundef)
include_directories(${CMAKE_SOURCE_DIR})

# Seconds, for every test: stops a test that hangs; far more than the slowest test takes on a slow machine.
set(slipway_limit 3600)

function(slipway_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC ${arg_LIBS})
endfunction()

function(slipway_test name)
  if(CMAKE_CROSSCOMPILING OR SLIPWAY_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "SWEEP" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} cmocka)
  if(arg_SWEEP)
    slipway_sweep(${name} COMMAND ${name})
    return()
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${slipway_limit} LABELS unit)
endfunction()

function(slipway_sweep name)
  if(CMAKE_CROSSCOMPILING OR SLIPWAY_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "COMMAND" ${ARGN})
  add_test(NAME ${name} COMMAND ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${slipway_limit} LABELS sweep)
  if(SLIPWAY_SANITIZE)
    set_tests_properties(${name} PROPERTIES LABELS unit ENVIRONMENT SLIPWAY_DRAW=16)
  endif()
endfunction()

function(slipway_system_test name)
  if(CMAKE_CROSSCOMPILING OR SLIPWAY_FUZZ OR SLIPWAY_SANITIZE)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "COMMAND;FIXTURE" ${ARGN})
  add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${slipway_limit} LABELS system)
  if(arg_FIXTURE)
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED "${arg_FIXTURE}")
  endif()
endfunction()

function(slipway_fuzz name)
  if(NOT SLIPWAY_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} -fsanitize=fuzzer)
endfunction()
