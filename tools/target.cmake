# target.cmake - what the cross build adds: configuration, keys, and products.
#
#   slipway_product(NAME SOURCES ... LIBS ... [LDSCRIPT file])
# links NAME.elf with boards/<board>/<LDSCRIPT> (default application.ld) and makes NAME.bin and NAME.hex, all
# in the top of the build folder.

set(BOARD nucleo_h753zi CACHE STRING "Folder under boards/")
set(LAYOUT default CACHE STRING "Partition layout: default, or <name> for boards/<board>/layout-<name>.overlay")
set(BUG none CACHE STRING "A historic bug to build into the flash driver (drivers/stm32h7/museum)")
set(SLIPWAY_HOST_DIR ${CMAKE_SOURCE_DIR}/build/host CACHE PATH "Host build, which has the tools")
set(SLIPWAY_KCONFIG "" CACHE STRING "Kconfig assignments, SYMBOL=VALUE separated by spaces")
set(SLIPWAY_KEY "" CACHE FILEPATH "PEM file whose public key goes into the bootloader")

set(generated ${CMAKE_BINARY_DIR}/generated)
set(slipway_tool ${SLIPWAY_HOST_DIR}/cli/slipway)

separate_arguments(assignments UNIX_COMMAND "${SLIPWAY_KCONFIG}")
set(fragment ${CMAKE_SOURCE_DIR}/boards/${BOARD}/layout-${LAYOUT}.conf)
if(EXISTS ${fragment})
  list(PREPEND assignments ${fragment})
endif()
execute_process(
  COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tools/kconfig.py ${CMAKE_SOURCE_DIR}/Kconfig
          ${CMAKE_BINARY_DIR}/.config ${generated} ${assignments}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the configuration is not valid (see above)")
endif()
include(${generated}/autoconf.cmake)
file(GLOB kconfig_files ${CMAKE_SOURCE_DIR}/Kconfig ${CMAKE_SOURCE_DIR}/*/Kconfig ${CMAKE_SOURCE_DIR}/*/*/Kconfig)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${kconfig_files} ${CMAKE_BINARY_DIR}/.config)

include_directories(${CMAKE_SOURCE_DIR}/base/arm ${generated})

# The public half of the signing key, as a C table for the bootloader.
add_custom_command(
  OUTPUT ${generated}/keys.c
  COMMAND ${CMAKE_SOURCE_DIR}/tools/keys_c.sh ${slipway_tool} ${SLIPWAY_KEY} ${generated}/keys.c
  DEPENDS ${SLIPWAY_KEY} ${slipway_tool} ${CMAKE_SOURCE_DIR}/tools/keys_c.sh
  COMMENT "Public key of ${SLIPWAY_KEY}")

function(slipway_product name)
  cmake_parse_arguments(arg "" "LDSCRIPT" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_LDSCRIPT)
    set(arg_LDSCRIPT application.ld)
  endif()
  set(script ${CMAKE_SOURCE_DIR}/boards/${BOARD}/${arg_LDSCRIPT})
  set(out ${CMAKE_BINARY_DIR}/${name})
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
                                           LINK_DEPENDS ${script})
  target_link_libraries(${name} PRIVATE -Wl,--start-group ${arg_LIBS} -Wl,--end-group)
  target_link_options(${name} PRIVATE -T${script} -L${CMAKE_BINARY_DIR}/generated -Wl,-Map=${out}.map)
  add_custom_command(
    TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary ${out}.elf ${out}.bin
    COMMAND ${CMAKE_OBJCOPY} -O ihex ${out}.elf ${out}.hex)
endfunction()
