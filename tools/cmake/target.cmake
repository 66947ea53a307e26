# target.cmake - what the cross build adds: configuration, keys, and products.
#
#   slipway_product(NAME SOURCES ... LIBS ... [OPTIONS ...] [LDSCRIPT file])
# links NAME.elf with target/soc/stm32h7/ld/<LDSCRIPT> (default application.ld) and makes NAME.bin and NAME.hex, all
# in the top of the build folder.
#
#   slipway_application(NAME SOURCES ... [LIBS ...])
# is the product that updates bring: linked for each place from which the configured strategy runs it, and signed by
# tools/package.sh. APP=DIR puts DIR in place of examples/smp_server: its CMakeLists.txt says slipway_application, its
# app.overlay and prj.conf, if there are any, go over the board's layout and configuration, and its sbom.txt says what
# it is made of (docs/sbom.md).
#
#   slipway_key_table(FILE.c)   the table of public keys that the bootloader trusts
#   slipway_encryption_key(FILE.c)   the private key that opens encrypted images

set(BOARD nucleo_h753zi CACHE STRING "Folder under target/boards/")
set(SLIPWAY_PINS "" CACHE PATH "Folder with the pins.h and board.dts of another board; default: those of BOARD")
set(LAYOUT default CACHE STRING "Partition layout: default, or <name> for target/boards/<board>/layout-<name>.overlay")
set(STRATEGY "" CACHE STRING "Upgrade strategy; default: that of the configuration")
set(SLIPWAY_APP "" CACHE PATH "Folder of the application; default: examples/smp_server")
set(BUG none CACHE STRING "A historic bug to build into the flash driver (museum/)")
set(SLIPWAY_HOST_DIR ${SLIPWAY_BUILD}/host CACHE PATH "Host build, which has the tools")
set(SLIPWAY_KCONFIG "" CACHE STRING "Kconfig assignments, SYMBOL=VALUE separated by spaces")
set(SLIPWAY_KEY "" CACHE FILEPATH "PEM file whose public key goes into the bootloader")
set(SLIPWAY_PRODUCT 0 CACHE STRING "1: development keys are refused")

set(generated ${CMAKE_BINARY_DIR}/generated)
set(slipway_tool ${SLIPWAY_HOST_DIR}/bin/slipway)

separate_arguments(assignments UNIX_COMMAND "${SLIPWAY_KCONFIG}")
# The symbols of each STRATEGY=; those of CONFIG= come after them and so win.
set(strategy_swap-offset BOOT_SWAP_USING_OFFSET=y)
set(strategy_swap-move BOOT_SWAP_USING_MOVE=y)
set(strategy_swap-scratch BOOT_SWAP_USING_SCRATCH=y)
set(strategy_overwrite BOOT_UPGRADE_ONLY=y)
set(strategy_direct-xip BOOT_DIRECT_XIP=y BOOT_DIRECT_XIP_REVERT=y)
set(strategy_ram-load BOOT_RAM_LOAD=y BOOT_RAM_LOAD_REVERT=y)
set(strategy_single SINGLE_APPLICATION_SLOT=y MCUBOOT_SERIAL=y) # only serial recovery can replace the single image
if(STRATEGY)
  if(NOT strategy_${STRATEGY})
    slipway_stop("STRATEGY=${STRATEGY} is unknown"
                 "use one of swap-offset, swap-move, swap-scratch, overwrite, direct-xip, ram-load, single")
  endif()
  list(PREPEND assignments ${strategy_${STRATEGY}})
endif()
# A board is a folder of data: pins.h, board.dts, and the layouts for its flash. One of your own may leave the layouts
# out.
set(pins_folder ${CMAKE_SOURCE_DIR}/target/boards/${BOARD})
if(SLIPWAY_PINS)
  set(pins_folder ${SLIPWAY_PINS})
endif()
foreach(file IN ITEMS pins.h board.dts)
  if(NOT EXISTS ${pins_folder}/${file})
    set(lacks "${pins_folder} has no ${file}")
    if(NOT IS_DIRECTORY ${pins_folder})
      set(lacks "${BOARD} is not a board")
    endif()
    file(GLOB boards RELATIVE ${CMAKE_SOURCE_DIR}/target/boards ${CMAKE_SOURCE_DIR}/target/boards/*/board.dts)
    list(TRANSFORM boards REPLACE "/board.dts" "")
    list(JOIN boards ", " boards)
    slipway_stop("BOARD=${lacks}"
                 "use one of ${boards}, or your own folder, named with a / in it, with a copy of ${file} from one of them")
  endif()
endforeach()
set(layouts_folder ${CMAKE_SOURCE_DIR}/target/boards/${BOARD})
file(GLOB own_layouts ${pins_folder}/layout-*)
if(own_layouts)
  set(layouts_folder ${pins_folder})
endif()
set(fragment ${layouts_folder}/layout-${LAYOUT}.conf)
set(fragments)
if(EXISTS ${fragment})
  list(APPEND fragments ${fragment})
endif()
set(app_overlay)
if(SLIPWAY_APP)
  if(NOT EXISTS ${SLIPWAY_APP}/CMakeLists.txt)
    slipway_stop("APP=${SLIPWAY_APP} has no CMakeLists.txt" "copy that of examples/product")
  endif()
  if(EXISTS ${SLIPWAY_APP}/prj.conf)
    list(APPEND fragments ${SLIPWAY_APP}/prj.conf)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SLIPWAY_APP}/prj.conf)
  endif()
  if(EXISTS ${SLIPWAY_APP}/app.overlay)
    set(app_overlay ${SLIPWAY_APP}/app.overlay)
  endif()
endif()
list(PREPEND assignments ${fragments} BOARD=${BOARD})
execute_process(
  COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tools/kconfig.py ${CMAKE_SOURCE_DIR}/Kconfig
          ${CMAKE_BINARY_DIR}/.config ${generated} ${assignments}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "stopped; the reason is above")
endif()
include(${generated}/autoconf.cmake)
file(GLOB kconfig_files ${CMAKE_SOURCE_DIR}/Kconfig ${CMAKE_SOURCE_DIR}/*/Kconfig ${CMAKE_SOURCE_DIR}/*/*/Kconfig)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${kconfig_files} ${fragments}
             ${CMAKE_SOURCE_DIR}/tools/kconfig.py ${CMAKE_SOURCE_DIR}/tools/product.py)

# The private key is then in the bootloader, so also in its objects, its ELF file and what is made from that. Only
# their owner may read these files, from their first byte on, as well as those of an earlier configuration.
if(CONFIG_BOOT_ENCRYPT_IMAGE)
  execute_process(COMMAND chmod -R go= ${CMAKE_BINARY_DIR} COMMAND_ERROR_IS_FATAL ANY)
  foreach(what IN ITEMS COMPILE LINK CUSTOM)
    set_property(GLOBAL PROPERTY RULE_LAUNCH_${what} "\"${CMAKE_SOURCE_DIR}/tools/private.sh\"")
  endforeach()
endif()

file(CONFIGURE OUTPUT ${generated}/board_pins.h CONTENT "#include \"${pins_folder}/pins.h\"\n" @ONLY)
include_directories(${CMAKE_SOURCE_DIR}/target/mmio ${generated})

# Objects hold machine code and LTO code, and each product chooses which it links: the bootloader adds -flto to its
# options.
add_compile_options(-flto -ffat-lto-objects)

# No file says in which folder it was built (make reproducible). Names are relative to the top of the tree, where GDB finds
# them, and those of built files are as in the build folder that is the default. Of the maps that fit, the last one counts.
set(folder_names)
if(SLIPWAY_PINS)
  list(APPEND folder_names "${SLIPWAY_PINS}/=pins/")
endif()
if(SLIPWAY_APP)
  list(APPEND folder_names "${SLIPWAY_APP}/=application/")
endif()
list(APPEND folder_names "${CMAKE_SOURCE_DIR}=." "${CMAKE_SOURCE_DIR}/=" "${SLIPWAY_BUILD}/=build/" "${CMAKE_BINARY_DIR}=."
     "${CMAKE_BINARY_DIR}/=build/${BOARD}/")
list(TRANSFORM folder_names PREPEND "-ffile-prefix-map=")
add_compile_options(${folder_names} -fno-canonical-system-headers)
add_link_options(${folder_names}) # for LTO, which compiles when it links

# The configured signature and encryption under their other names: tools/product.py.
include(${generated}/product.cmake)
file(WRITE ${generated}/signing-options "${signing_options}")

# The signing key: what the configuration names, else what the Makefile hands over (KEY=, or the development key).
# tools/package.sh signs with the same.
set(signing_key ${SLIPWAY_KEY})
if(CONFIG_BOOT_SIGNATURE_KEY_FILE)
  get_filename_component(signing_key ${CONFIG_BOOT_SIGNATURE_KEY_FILE} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
endif()
if(NOT EXISTS "${signing_key}")
  slipway_stop("the signing key ${signing_key} does not exist (KEY=, or CONFIG_BOOT_SIGNATURE_KEY_FILE)"
               "${slipway_tool} keygen -t ${signature_key} -k '${signing_key}'")
endif()
file(WRITE ${generated}/signing-key "${signing_key}")

# The keys that the bootloader trusts, the signing key first.
set(trusted_keys ${signing_key})
separate_arguments(more_keys UNIX_COMMAND "${CONFIG_BOOT_SIGNATURE_MORE_KEY_FILES}")
foreach(key IN LISTS more_keys)
  get_filename_component(key ${key} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
  if(NOT EXISTS "${key}")
    slipway_stop("the key ${key} of CONFIG_BOOT_SIGNATURE_MORE_KEY_FILES does not exist" "correct its name")
  endif()
  list(APPEND trusted_keys ${key})
endforeach()

# A C file with the public halves, for the bootloader. The rule stands in the folder that calls this.
function(slipway_key_table output)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E env "SLIPWAY_BUILD=${SLIPWAY_BUILD}"
            ${CMAKE_SOURCE_DIR}/tools/keys_c.sh ${slipway_tool} ${signature_key} ${SLIPWAY_PRODUCT} ${output}
            ${trusted_keys}
    DEPENDS ${trusted_keys} ${slipway_tool} ${CMAKE_SOURCE_DIR}/tools/keys_c.sh
            ${CMAKE_SOURCE_DIR}/tools/development_key.sh
    COMMENT "Public keys: ${trusted_keys}"
    VERBATIM)
endfunction()

# The private key, with CONFIG_BOOT_ENCRYPT_IMAGE.
function(slipway_encryption_key output)
  set(key ${SLIPWAY_BUILD}/keys/dev-enc-${encryption_kind}.pem)
  if(encryption_kind STREQUAL kw)
    set(key ${SLIPWAY_BUILD}/keys/dev-enc-kw${encryption_bytes}.b64)
  endif()
  set(given)
  if(CONFIG_BOOT_ENCRYPTION_KEY_FILE)
    get_filename_component(key ${CONFIG_BOOT_ENCRYPTION_KEY_FILE} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
    set(given ${key})
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E env "SLIPWAY_BUILD=${SLIPWAY_BUILD}"
            ${CMAKE_SOURCE_DIR}/tools/enc_key_c.sh ${slipway_tool} ${encryption_unwrap} ${encryption_bytes}
            ${SLIPWAY_PRODUCT} ${key} ${output}
    DEPENDS ${given} ${slipway_tool} ${CMAKE_SOURCE_DIR}/tools/enc_key_c.sh
            ${CMAKE_SOURCE_DIR}/tools/development_key.sh ${CMAKE_BINARY_DIR}/.config
    COMMENT "Decryption key: ${key}"
    VERBATIM)
endfunction()

function(slipway_product name)
  cmake_parse_arguments(arg "" "LDSCRIPT" "SOURCES;LIBS;OPTIONS" ${ARGN})
  if(NOT arg_LDSCRIPT)
    set(arg_LDSCRIPT application.ld)
  endif()
  set(script ${CMAKE_SOURCE_DIR}/target/soc/stm32h7/ld/${arg_LDSCRIPT})
  set(out ${CMAKE_BINARY_DIR}/${name})
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
                                           LINK_DEPENDS ${script})
  target_link_libraries(${name} PRIVATE -Wl,--start-group ${arg_LIBS} -Wl,--end-group)
  target_link_options(${name} PRIVATE -fno-lto -T${script} -L${generated} -Wl,-Map=${out}.map ${arg_OPTIONS})
  add_custom_command(
    TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary ${out}.elf ${out}.bin
    COMMAND ${CMAKE_OBJCOPY} -O ihex ${out}.elf ${out}.hex)
endfunction()

function(slipway_application name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  set(what SOURCES ${arg_SOURCES} ${generated}/product.c LIBS ${arg_LIBS} app smp_groups smp smp_wire update image flash
      crypto board vectors_all stm32h7_flash stm32h7 mmio base)
  if(CONFIG_BOOT_RAM_LOAD)
    slipway_product(${name} ${what} LDSCRIPT application-ram.ld)
  else()
    slipway_product(${name} ${what})
  endif()
  if(CONFIG_BOOT_DIRECT_XIP)
    slipway_product(${name}_slot1 ${what} LDSCRIPT application-slot1.ld)
  endif()
  file(WRITE ${generated}/application "${name}")
  file(WRITE ${generated}/application-folder "${SLIPWAY_APP}")
endfunction()
