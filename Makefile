# Slipway: the loop a person lives in. `make help` prints it, with the variables.

BOARD   ?= nucleo_h753zi
STRATEGY?=
# The partition table that a way to upgrade needs.
LAYOUT  ?= $(or $(patsubst swap-%,%,$(filter swap-scratch,$(STRATEGY))),$(filter single,$(STRATEGY)),default)
BUG     ?= none
APP     ?=
CONFIG  ?=
KEY     ?= build/keys/dev-ecdsa-p256.pem
PRODUCT ?=
VERSION ?= 1.0.0
PORT    ?=
PREFIX  ?= /usr/local
SECONDS ?= 60

suffix  := $(if $(STRATEGY),-$(STRATEGY))$(if $(filter-out default $(STRATEGY:swap-%=%),$(LAYOUT)),-$(LAYOUT))
suffix  := $(suffix)$(if $(filter-out none,$(BUG)),-$(BUG))
app     := $(if $(APP),$(shell cd "$(APP)" 2>/dev/null && pwd || echo none))
suffix  := $(suffix)$(if $(APP),-$(shell basename "$(app)" | tr -c '[:alnum:]_.\n-' _))
pins    := $(if $(findstring /,$(BOARD)),$(shell cd "$(BOARD)" 2>/dev/null && pwd || echo none))
board   := $(if $(pins),$(shell basename "$(pins)" | tr -c '[:alnum:]_.\n-' _),$(BOARD))
target  := build/$(board)$(suffix)
# Of another board than the default one: its part, as the devicetree names it.
part     = $(if $(filter-out nucleo_h753zi,$(BOARD)),$(shell sed -n 's/.*compatible = "st,\(stm32h7[0-9a-z]*\)", .*/\1/p' \
               "$(if $(pins),$(pins),target/boards/$(BOARD))/board.dts"))
host    := build/host
tool    := build/slipway
dev_key := build/keys/dev-ecdsa-p256.pem
product := $(if $(filter-out file,$(origin KEY))$(filter-out 0,$(PRODUCT)),1,0)
# $(call build,TARGETS): these targets of the host build.
build    = tools/quiet.sh build/host.log sh -c 'cmake -S . -B $(host) -G Ninja && cmake --build $(host) --target $(1)'

.PHONY: all bench check clean closure closure-mutants closure-replay demo firmware flash format fresh fuzz garbage glitch help host install \
        matrix menuconfig museum numbers oracle setup setup-test size soak sweep test unit
all: host firmware

##@ The loop
help: ## this text
	@echo 'Slipway: firmware updates for STM32H7-class microcontrollers. `make` alone builds host and firmware.'
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Variables of a build'
	@echo '  STRATEGY=NAME    the way to upgrade: swap-offset (the default), swap-move, swap-scratch, overwrite, direct-xip,'
	@echo '                   ram-load, single'
	@echo '  LAYOUT=NAME      the partition table: default, bank1, scratch, rollback, two-images, single; or the one that'
	@echo '                   STRATEGY needs; of nucleo_h723zg: default, scratch, single'
	@echo '  BOARD=NAME       nucleo_h753zi (the default) or nucleo_h723zg, which goes to build/nucleo_h723zg; or a FOLDER of your'
	@echo '                   own with the pins.h and board.dts of another board with one of these chips (docs/your-board.md)'
	@echo '  APP=FOLDER       your application, anywhere; copy examples/product. It goes to build/<board>-<folder>'
	@echo '  CONFIG="A=B ..." Kconfig symbols, without CONFIG_'
	@echo '  KEY=FILE         signs the images, and its public half is in the bootloader; default: a key made here'
	@echo '  PRODUCT=1        refuse development keys, such as the one made here; KEY= does so, too'
	@echo '  VERSION=1.0.0    of the application'
	@echo '  BUG=NAME         a historic flash driver bug, built in (museum/)'

setup:
	@tools/setup.sh build
setup-test:
	@tools/setup.sh test

host: setup ## build/slipway, the host program
	@$(call build,slipway dts2c)
	@ln -sf host/bin/slipway $(tool)

$(dev_key): | host
	@mkdir -p $(dir $@)
	@$(tool) keygen -t ecdsa-p256 -k $@ --development --quiet
	@echo "key: generated $@ (for development only)"

firmware: host $(dev_key) ## build/<board>/: bootloader, application (yours: APP=FOLDER), signed image, merged.hex
	@[ "$(app)" != none ] || { echo "error: APP=$(APP): there is no folder of that name" >&2; \
	    echo "  next: cp -r examples/product $(APP)" >&2; exit 2; }
	@[ "$(pins)" != none ] || { echo "error: BOARD=$(BOARD): there is no folder of that name" >&2; \
	    echo "  next: docs/your-board.md says what it holds" >&2; exit 2; }
	@tools/firmware.sh $(notdir $(target)) all -DBOARD=$(if $(pins),nucleo_h753zi,$(BOARD)) -DSLIPWAY_PINS="$(pins)" -DLAYOUT=$(LAYOUT) -DSTRATEGY=$(STRATEGY) -DBUG=$(BUG) -DSLIPWAY_APP="$(app)" \
	    -DSLIPWAY_KEY="$$(realpath -m "$(KEY)")" -DSLIPWAY_PRODUCT=$(product) -DSLIPWAY_KCONFIG="$(CONFIG)"
	@tools/package.sh $(target) $(VERSION)

demo: firmware ## an update across both flash banks, end to end, on the virtual board (PORT=/dev/ttyACM0: on a real one)
	@tools/demo.sh $(target) $(PORT)

menuconfig: setup ## choose the Kconfig options; the next make uses them
	@mkdir -p $(target)
	@[ ! -f $(target)/.config ] || cp $(target)/.config $(target)/menuconfig.tmp
	@KCONFIG_CONFIG=$(target)/menuconfig.tmp /usr/bin/python3 -m menuconfig Kconfig
	@[ ! -f $(target)/menuconfig.tmp ] || /usr/bin/python3 tools/kconfig.py --changed $(target)/.config $(target)/menuconfig.tmp \
	    $(target)/menuconfig.conf
	@rm -f $(target)/menuconfig.tmp $(target)/menuconfig.tmp.old

##@ Before a change lands
unit: setup-test firmware ## seconds once all is built: what you run while you type (ONLY=regex)
	@tools/quiet.sh build/host.log sh -c 'cmake -S . -B $(host) -G Ninja && cmake --build $(host)'
	@ctest --test-dir $(host) -L unit -j"$$(nproc)" --no-tests=error --output-on-failure $(if $(ONLY),-R '$(ONLY)')

test: setup-test firmware ## everything that must pass before a change lands
	@tools/test.sh

check: setup-test firmware ## layers, format, static analysis, house rules
	@tools/check.sh

size: firmware ## bytes of flash and RAM, against their budgets
	@tools/size.sh $(target)

fresh: ## a bare Debian in a folder, a clone, both commands of the README (SUITE=bookworm, trixie; ONLY=demo, FRESH=FOLDER)
	@ONLY="$(ONLY)" tools/fresh.sh "$(SUITE)" "$(FRESH)"

format: setup-test ## lay out the C sources as .clang-format says
	@git ls-files '*.c' '*.h' | xargs build/venv/bin/clang-format -i

##@ What proves what
museum: setup-test ## every historic flash driver bug, before the conformance suite: how it shows itself (BOARD: on its part)
	@$(call build,museum)
	@$(host)/museum/suite/museum $(if $(part),--part $(part))

closure: host ## every flash state that power cuts can reach (about 10 minutes; SMALL=1: seconds)
	@nice -n 10 $(tool) rehearse closure $(if $(SMALL),--small)

closure-replay: setup-test firmware ## a violation that the closure found, on the bootloader at full size (TEXT='...')
	@$(call build,replay_elf)
	@$(host)/tests/sweep/replay_elf '$(TEXT)' $(target)/bootloader.elf "$(KEY)"

closure-mutants: host ## seeded mistakes in the engine: the closure must find each
	@$(call build,closure_rows)
	@nice -n 10 tools/closure_mutants.py $(host)

sweep: setup-test firmware ## power cuts over a swap and its revert at full size (N=2000, SEED=number)
	@$(call build,system_cuts)
	@tests/system/make_images.sh nucleo_h753zi
	@$(host)/tests/sweep/system_cuts $(or $(N),2000) $(SEED)

soak: setup-test firmware ## updates back and forth on one flash file: memory, erases of each sector (N=200)
	@$(call build,slipway)
	@tests/system/make_images.sh nucleo_h753zi
	@python3 tests/sweep/soak.py $(or $(N),200) $(host)/bin/slipway build/nucleo_h753zi/bootloader.elf \
	    build/tests/nucleo_h753zi-1.0.0.bin build/tests/nucleo_h753zi-2.0.0.bin

numbers: setup-test ## one cut at each flash call of a full-size upgrade and revert: which strategies come through
	@$(call build,update_numbers)
	@$(host)/tests/sweep/update_numbers | grep calls:

garbage: setup-test firmware ## flash contents that nobody can have meant, before the whole bootloader (N=2000, SEED=number)
	@$(call build,garbage_elf_test)
	@tests/sweep/make_garbage_images.sh
	@$(host)/tests/sweep/garbage_elf_test $(or $(N),2000) $(SEED)

glitch: setup-test firmware ## glitches in the decision "may this image run?", for each way to one (N=51000, SEED=number)
	@$(call build,glitch_test)
	@for strategy in direct-xip ram-load; do \
	    tools/firmware.sh strategy-$$strategy bootloader -DSTRATEGY=$$strategy -DSLIPWAY_KCONFIG=APP_BALLAST_KB=64 || exit 1; done
	@tests/sweep/make_glitch_images.sh
	@$(host)/tests/sweep/glitch_test $(or $(N),51000) $(SEED)

matrix: setup-test host ## imgtool against slipway, every row of 53,136 images (about 20 minutes; EVERY=12: one row in 12)
	@nice -n 10 build/venv/bin/python tests/interop/image_matrix.py $(tool) --jobs 0 $(if $(EVERY),--every $(EVERY),--full)

oracle: setup-test ## the core against libunicorn and QEMU, millions of instructions
	@$(call build,cpu_oracle_test cpu_trace_test)
	@$(host)/vboard/cpu/cpu_oracle_test 2500000 50000
	@ctest --test-dir $(host) -R '^cpu_trace_test$$' --output-on-failure

fuzz: setup-test ## every parser under its fuzzer (SECONDS=60 each)
	@tools/fuzz.sh $(SECONDS)

bench: setup-test firmware ## speed as ratios and instruction counts
	@tools/bench.sh

##@ Elsewhere, and from scratch
flash: firmware ## program bootloader and signed application into a real board (OpenOCD)
	@tools/flash.sh $(target)

install: host ## the program and the virtual board as a C library, with header and example (PREFIX=/usr/local, DESTDIR)
	@mkdir -p "$(DESTDIR)$(abspath $(PREFIX))" 2>/dev/null && [ -w "$(DESTDIR)$(abspath $(PREFIX))" ] || { \
	    echo "error: cannot write to $(DESTDIR)$(abspath $(PREFIX))" >&2; \
	    echo "  next: make install PREFIX=$$HOME/.local, or sudo make install" >&2; exit 1; }
	@$(call build,slipway slipway_vboard_archive)
	@cmake --install $(host) --component slipway --prefix "$(abspath $(PREFIX))"
	@cmake --install $(host) --component vboard --prefix "$(abspath $(PREFIX))"

clean: ## remove what was built (keeps keys, downloads and the Python environment)
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name keys ! -name apt ! -name src ! -name venv ! -name fresh \
	    ! -name requirements.txt ! -name '.setup-*' -exec rm -rf {} +
