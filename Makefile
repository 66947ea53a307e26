# Slipway: the commands of daily work. `make help` lists them, with the variables.

BOARD   ?= nucleo_h753zi
STRATEGY?=
# The partition table that the strategy needs.
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
# The part of a board that is not the default one, as its devicetree names it.
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
help: ## print this help
	@echo 'Slipway: firmware updates for STM32H7-class microcontrollers. `make` alone builds host and firmware.'
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Variables of a build'
	@echo '  STRATEGY=NAME    the upgrade strategy: swap-offset (the default), swap-move, swap-scratch, overwrite, direct-xip,'
	@echo '                   ram-load, single'
	@echo '  LAYOUT=NAME      the partition table: default, bank1, scratch, rollback, two-images, single (nucleo_h723zg:'
	@echo '                   default, scratch, single); without LAYOUT: the one that STRATEGY needs'
	@echo '  BOARD=NAME       nucleo_h753zi (the default) or nucleo_h723zg, built in build/nucleo_h723zg; or a FOLDER with the'
	@echo '                   pins.h and board.dts of your own board with one of these chips (docs/your-board.md)'
	@echo '  APP=FOLDER       the folder of your application, such as a copy of examples/product; built in build/<board>-<folder>'
	@echo '  CONFIG="A=B ..." Kconfig symbols, without CONFIG_'
	@echo '  KEY=FILE         the key that signs the images and that the bootloader trusts (default: a development key)'
	@echo '  PRODUCT=1        refuse development keys; KEY= does so, too'
	@echo '  VERSION=1.0.0    the version of the application'
	@echo '  BUG=NAME         build this historic bug into the flash driver (museum/)'

setup:
	@tools/setup.sh build
setup-test:
	@tools/setup.sh test

host: setup ## build the host program, build/slipway
	@$(call build,slipway dts2c)
	@ln -sf host/bin/slipway $(tool)

$(dev_key): | host
	@mkdir -p $(dir $@)
	@$(tool) keygen -t ecdsa-p256 -k $@ --development --quiet
	@echo "key: generated $@ (for development only)"

firmware: host $(dev_key) ## build bootloader, application (yours: APP=FOLDER), signed image and merged.hex in build/<board>/
	@[ "$(app)" != none ] || { echo "error: APP=$(APP) is not a folder" >&2; \
	    echo "  next: cp -r examples/product $(APP)" >&2; exit 2; }
	@[ "$(pins)" != none ] || { echo "error: BOARD=$(BOARD) is not a folder" >&2; \
	    echo "  next: docs/your-board.md says what such a folder holds" >&2; exit 2; }
	@tools/firmware.sh $(notdir $(target)) all -DBOARD=$(if $(pins),nucleo_h753zi,$(BOARD)) -DSLIPWAY_PINS="$(pins)" -DLAYOUT=$(LAYOUT) -DSTRATEGY=$(STRATEGY) -DBUG=$(BUG) -DSLIPWAY_APP="$(app)" \
	    -DSLIPWAY_KEY="$$(realpath -m "$(KEY)")" -DSLIPWAY_PRODUCT=$(product) -DSLIPWAY_KCONFIG="$(CONFIG)"
	@tools/package.sh $(target) $(VERSION)

demo: firmware ## update across both flash banks on the virtual board (PORT=/dev/ttyACM0: on a real one)
	@tools/demo.sh $(target) $(PORT)

menuconfig: setup ## choose the Kconfig options; the next make uses them
	@mkdir -p $(target)
	@[ ! -f $(target)/.config ] || cp $(target)/.config $(target)/menuconfig.tmp
	@KCONFIG_CONFIG=$(target)/menuconfig.tmp /usr/bin/python3 -m menuconfig Kconfig
	@[ ! -f $(target)/menuconfig.tmp ] || /usr/bin/python3 tools/kconfig.py --changed $(target)/.config $(target)/menuconfig.tmp \
	    $(target)/menuconfig.conf
	@rm -f $(target)/menuconfig.tmp $(target)/menuconfig.tmp.old

##@ Before a change lands
unit: setup-test firmware ## build everything and run the short tests (ONLY=regex)
	@tools/quiet.sh build/host.log sh -c 'cmake -S . -B $(host) -G Ninja && cmake --build $(host)'
	@ctest --test-dir $(host) -L unit -j"$$(nproc)" --no-tests=error --output-on-failure $(if $(ONLY),-R '$(ONLY)')

test: setup-test firmware ## run everything that must pass before a change lands
	@tools/test.sh

check: setup-test firmware ## check layers, format, static analysis, house rules
	@tools/check.sh

size: firmware ## print bytes of flash and RAM, and check them against their budgets
	@tools/size.sh $(target)

fresh: ## run the README's commands in a bare Debian (SUITE=bookworm or trixie; ONLY=demo; FRESH=FOLDER)
	@ONLY="$(ONLY)" tools/fresh.sh "$(SUITE)" "$(FRESH)"

format: setup-test ## format the C sources with clang-format
	@git ls-files '*.c' '*.h' | xargs build/venv/bin/clang-format -i

##@ Proofs
museum: setup-test ## run the conformance suite on each historic flash driver bug (BOARD: on that board's part)
	@$(call build,museum)
	@$(host)/museum/suite/museum $(if $(part),--part $(part))

closure: host ## explore every flash state that power cuts can reach (about 10 minutes; SMALL=1: seconds)
	@nice -n 10 $(tool) rehearse closure $(if $(SMALL),--small)

closure-replay: setup-test firmware ## a violation that the closure found, on the bootloader at full size (TEXT='...')
	@$(call build,replay_elf)
	@$(host)/tests/sweep/replay_elf '$(TEXT)' $(target)/bootloader.elf "$(KEY)"

closure-mutants: host ## break the update engine on purpose: the closure must find each mistake
	@$(call build,closure_rows)
	@nice -n 10 tools/closure_mutants.py $(host)

sweep: setup-test firmware ## cut power during a swap and its revert at full size (N=2000, SEED=number)
	@$(call build,system_cuts)
	@tests/system/make_images.sh nucleo_h753zi
	@$(host)/tests/sweep/system_cuts $(or $(N),2000) $(SEED)

soak: setup-test firmware ## update back and forth on one flash file; print memory and erases of each sector (N=200)
	@$(call build,slipway)
	@tests/system/make_images.sh nucleo_h753zi
	@python3 tests/sweep/soak.py $(or $(N),200) $(host)/bin/slipway build/nucleo_h753zi/bootloader.elf \
	    build/tests/nucleo_h753zi-1.0.0.bin build/tests/nucleo_h753zi-2.0.0.bin

numbers: setup-test ## cut power at each flash call of a full-size upgrade and revert, for each strategy
	@$(call build,update_numbers)
	@$(host)/tests/sweep/update_numbers | grep calls:

garbage: setup-test firmware ## start the bootloader on garbage flash contents (N=2000, SEED=number)
	@$(call build,garbage_elf_test)
	@tests/sweep/make_garbage_images.sh
	@$(host)/tests/sweep/garbage_elf_test $(or $(N),2000) $(SEED)

glitch: setup-test firmware ## glitch the decision "may this image run?", for each kind of strategy (N=51000, SEED=number)
	@$(call build,glitch_test)
	@for strategy in direct-xip ram-load; do \
	    tools/firmware.sh strategy-$$strategy bootloader -DSTRATEGY=$$strategy -DSLIPWAY_KCONFIG=APP_BALLAST_KB=64 || exit 1; done
	@tests/sweep/make_glitch_images.sh
	@$(host)/tests/sweep/glitch_test $(or $(N),51000) $(SEED)

matrix: setup-test host ## compare 53,136 images of slipway with imgtool's (about 20 minutes; EVERY=12: one in 12)
	@nice -n 10 build/venv/bin/python tests/interop/image_matrix.py $(tool) --jobs 0 $(if $(EVERY),--every $(EVERY),--full)

oracle: setup-test ## compare the virtual CPU with libunicorn and QEMU, over millions of instructions
	@$(call build,cpu_oracle_test cpu_trace_test)
	@$(host)/vboard/cpu/cpu_oracle_test 2500000 50000
	@ctest --test-dir $(host) -R '^cpu_trace_test$$' --output-on-failure

fuzz: setup-test ## fuzz every parser (SECONDS=60 each)
	@tools/fuzz.sh $(SECONDS)

bench: setup-test firmware ## print speed as ratios and instruction counts
	@tools/bench.sh

##@ Board, installation, cleaning
flash: firmware ## program bootloader and signed application into a real board (OpenOCD)
	@tools/flash.sh $(target)

install: host ## install slipway with man pages and shell completion, and the virtual board as a C library (PREFIX, DESTDIR)
	@mkdir -p "$(DESTDIR)$(abspath $(PREFIX))" 2>/dev/null && [ -w "$(DESTDIR)$(abspath $(PREFIX))" ] || { \
	    echo "error: cannot write to $(DESTDIR)$(abspath $(PREFIX))" >&2; \
	    echo "  next: make install PREFIX=$$HOME/.local, or sudo make install" >&2; exit 1; }
	@$(call build,slipway slipway_share slipway_vboard_archive)
	@cmake --install $(host) --component slipway --prefix "$(abspath $(PREFIX))"
	@cmake --install $(host) --component vboard --prefix "$(abspath $(PREFIX))"

clean: ## remove what was built, but not keys, downloads and the Python environment
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name keys ! -name apt ! -name src ! -name venv ! -name fresh \
	    ! -name requirements.txt ! -name '.setup-*' -exec rm -rf {} +
