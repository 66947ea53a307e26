# Slipway: the loop a person lives in. `make help` prints it.
#
# Variables: LAYOUT=bank1 (partition layout), BUG=BANK_SPLIT_2M (historic driver bug), VERSION=1.0.0,
# KEY=file.pem, CONFIG="SYMBOL=VALUE ...", PORT=/dev/ttyACM0 (a real board), SECONDS=60 (fuzz), PREFIX=/usr/local.

BOARD   ?= nucleo_h753zi
LAYOUT  ?= default
BUG     ?= none
VERSION ?= 1.0.0
KEY     ?= build/keys/dev-ecdsa-p256.pem
dev_key := build/keys/dev-ecdsa-p256.pem
CONFIG  ?=
SECONDS ?= 60
PORT    ?=
PREFIX  ?= /usr/local

suffix := $(if $(filter-out default,$(LAYOUT)),-$(LAYOUT))$(if $(filter-out none,$(BUG)),-$(BUG))
target := build/$(BOARD)$(suffix)
host   := build/host
tool   := build/slipway

.PHONY: matrix garbage numbers closure closure-mutants all help host firmware demo test check size bench oracle fuzz museum glitch sweep menuconfig flash install clean setup setup-test format
all: host firmware

help: ## this text
	@echo 'Slipway: firmware updates for STM32H7-class microcontrollers.'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20
	@echo
	@echo 'Variables: LAYOUT=default|bank1|ratchet|two-images|move|scratch|overwrite|xip|ramload|single'
	@echo '           BUG=NAME (drivers/stm32h7/museum)  VERSION=1.0.0  KEY=file.pem'
	@echo '           CONFIG="SYMBOL=VALUE ..."  PORT=/dev/ttyACM0  SECONDS=60'

setup:
	@tools/setup.sh build
setup-test:
	@tools/setup.sh test

host: setup ## build/slipway, the host program
	@tools/quiet.sh build/host.log cmake -S . -B $(host) -G Ninja
	@tools/quiet.sh build/host.log cmake --build $(host) --target slipway dts2c
	@ln -sf host/cli/slipway $(tool)

$(dev_key): | host
	@mkdir -p $(dir $@)
	@$(tool) keygen -t ecdsa-p256 -k $@ --quiet
	@echo "key: generated $@ (for development only)"

firmware: host $(dev_key) ## build/<board>/: bootloader, sample application, signed image, merged.hex
	@tools/firmware.sh $(notdir $(target)) all -DBOARD=$(BOARD) -DLAYOUT=$(LAYOUT) -DBUG=$(BUG) \
	    -DSLIPWAY_KEY=$(abspath $(KEY)) -DSLIPWAY_KCONFIG="$(CONFIG)"
	@tools/package.sh $(target) $(VERSION)

demo: firmware ## an update across both flash banks, end to end, on the virtual board (or PORT=...)
	@tools/demo.sh $(target) $(PORT)

test: setup-test firmware ## everything that must pass before a change lands
	@tools/test.sh

check: setup-test firmware ## layers, format, static analysis
	@tools/check.sh

size: firmware ## bytes of flash and RAM, against their budgets
	@tools/size.sh $(target)

bench: setup-test firmware ## speed as ratios and instruction counts
	@tools/bench.sh

oracle: setup-test ## the core against libunicorn and QEMU, millions of instructions
	@tools/quiet.sh build/host.log cmake -S . -B $(host) -G Ninja
	@tools/quiet.sh build/host.log cmake --build $(host) --target cpu_oracle_test cpu_trace_test
	@$(host)/vboard/cpu/cpu_oracle_test 2500000 50000
	@ctest --test-dir $(host) -R '^cpu_trace_test$$' --output-on-failure

fuzz: setup-test ## every parser under its fuzzer, SECONDS each
	@tools/fuzz.sh $(SECONDS)

glitch: setup-test firmware ## N=51000 glitches in the decision "may this image run?" (SEED=number)
	@tools/quiet.sh build/host.log cmake --build $(host) --target glitch_test
	@tests/glitch/make_images.sh
	@$(host)/tests/glitch/glitch_test $(or $(N),51000) $(SEED)

sweep: setup-test firmware ## N=2000 power cuts over a swap and its revert at full size (SEED=number)
	@tools/quiet.sh build/host.log cmake --build $(host) --target system_cuts
	@tests/system/make_images.sh nucleo_h753zi
	@$(host)/tests/system/system_cuts $(or $(N),2000) $(SEED)

garbage: setup-test firmware ## N=2000 flash contents that nobody can have meant, before the whole bootloader ELF (SEED=number)
	@tools/quiet.sh build/host.log cmake --build $(host) --target garbage_elf_test
	@tests/garbage/make_images.sh
	@$(host)/tests/garbage/garbage_elf_test $(or $(N),2000) $(SEED)

matrix: setup-test host ## imgtool against slipway, every row of 53,136 images (about 20 minutes; EVERY=12: one row in 12)
	@nice -n 10 build/venv/bin/python tests/interop/image_matrix.py $(tool) --jobs 0 $(if $(EVERY),--every $(EVERY),--full)

numbers: setup-test ## one cut at each flash call of a full-size upgrade and revert: which strategies come through
	@tools/quiet.sh build/host.log cmake -S . -B $(host) -G Ninja
	@tools/quiet.sh build/host.log cmake --build $(host) --target update_numbers
	@$(host)/update/update_numbers | grep calls:

museum: setup-test ## every historic flash driver bug, before the conformance suite: how it shows itself
	@tools/quiet.sh build/host.log sh -c 'cmake -S . -B $(host) -G Ninja && cmake --build $(host) --target museum'
	@$(host)/tests/museum/museum

closure: host ## every flash state that power cuts can reach (about 10 minutes; SMALL=1: seconds)
	@nice -n 10 $(tool) rehearse closure $(if $(SMALL),--small)

closure-mutants: host ## seeded mistakes in the engine: the closure must find each
	@tools/quiet.sh build/host.log cmake --build $(host) --target closure_rows
	@nice -n 10 tools/closure_mutants.py $(host)

menuconfig: firmware ## choose the Kconfig options; the next make uses them
	@KCONFIG_CONFIG=$(target)/.config /usr/bin/python3 -m menuconfig Kconfig

flash: firmware ## program bootloader and signed application into a real board (OpenOCD)
	@tools/flash.sh $(target)

install: host ## the program and the virtual board as a C library, with header and example (PREFIX=/usr/local, DESTDIR)
	@mkdir -p "$(DESTDIR)$(abspath $(PREFIX))" 2>/dev/null && [ -w "$(DESTDIR)$(abspath $(PREFIX))" ] || { \
	    echo "error: cannot write to $(DESTDIR)$(abspath $(PREFIX))" >&2; \
	    echo "  next: make install PREFIX=$$HOME/.local, or sudo make install" >&2; exit 1; }
	@tools/quiet.sh build/host.log cmake --build $(host) --target slipway slipway_vboard_archive
	@cmake --install $(host) --component slipway --prefix "$(abspath $(PREFIX))"
	@cmake --install $(host) --component vboard --prefix "$(abspath $(PREFIX))"

format: setup-test ## lay out the C sources as .clang-format says
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## remove what was built (keeps keys, downloads and the Python environment)
	@rm -rf $(host) build/asan build/fuzz build/$(BOARD)* build/demo build/slipway build/*.log
