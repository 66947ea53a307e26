# host.cmake - what the host build adds: the mmio bus, sanitizers, fuzzing.
include_directories(${CMAKE_SOURCE_DIR}/host/mmio)
add_compile_definitions(_GNU_SOURCE)
# OpenSSL's EVP interface and nothing below it: what version 3 calls deprecated is not even declared.
add_compile_definitions(OPENSSL_API_COMPAT=30000 OPENSSL_NO_DEPRECATED)
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g") # without NDEBUG: asserts stay on in release

if(SLIPWAY_FUZZ)
  # clang warns of missing members in a table's inner rows; gcc, whose warnings this tree follows, does not.
  add_compile_options(-Wno-missing-field-initializers)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(SLIPWAY_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
