# Slipway: the commands of daily work. `make help` lists them, with the variables.

inherited := $(or $(SLIPWAY_BUILD),build)
BOARD   ?= nucleo_h753zi
STRATEGY?=
# The partition table that the strategy needs.
LAYOUT  ?= $(or $(patsubst swap-%,%,$(filter swap-scratch,$(STRATEGY))),$(filter single,$(STRATEGY)),default)
BUG     ?= none
APP     ?=
CONFIG  ?=
KEY     ?= $(dev_key)
PRODUCT ?=
VERSION ?= 1.0.0
PORT    ?=
PREFIX  ?= /usr/local
UPDATE  ?=
SECONDS ?= 60
BUILD   ?= $(inherited)

suffix  := $(if $(STRATEGY),-$(STRATEGY))$(if $(filter-out default $(STRATEGY:swap-%=%),$(LAYOUT)),-$(LAYOUT))
suffix  := $(suffix)$(if $(filter-out none,$(BUG)),-$(BUG))
app     := $(if $(APP),$(shell cd "$(APP)" 2>/dev/null && pwd || echo none))
suffix  := $(suffix)$(if $(APP),-$(shell basename "$(app)" | tr -c '[:alnum:]_.\n-' _))
pins    := $(if $(findstring /,$(BOARD)),$(shell cd "$(BOARD)" 2>/dev/null && pwd || echo none))
board   := $(if $(pins),$(shell basename "$(pins)" | tr -c '[:alnum:]_.\n-' _),$(BOARD))
# OUT from the command line alone: the environment may have something of this name.
out     := $(if $(filter command,$(firstword $(origin OUT))),$(OUT),$(board)$(suffix))
target  := $(BUILD)/$(out)
# The part of a board that is not the default one, as its devicetree names it.
part     = $(if $(filter-out nucleo_h753zi,$(BOARD)),$(shell sed -n 's/.*compatible = "st,\(stm32h7[0-9a-z]*\)", .*/\1/p' \
               "$(if $(pins),$(pins),target/boards/$(BOARD))/board.dts"))
host    := $(BUILD)/host
tool    := $(BUILD)/slipway
dev_key := $(BUILD)/keys/dev-ecdsa-p256.pem
own_key := $(filter-out file,$(origin KEY))
product := $(if $(own_key)$(filter-out 0,$(PRODUCT)),1,0)

# Scripts and tests find the build folder by this name; a make that one of them starts need not take it again.
export SLIPWAY_BUILD := $(shell realpath -m -- "$(BUILD)")
# `sudo make install` installs what make built, and builds nothing itself: that would leave files of root in the build folder.
by_sudo := $(and $(filter install,$(MAKECMDGOALS)),$(shell [ "$$(id -u)" = 0 ] && [ -n "$$SUDO_UID" ] && [ -x "$(tool)" ] && echo yes))
ifneq ($(if $(by_sudo),,$(filter-out help,$(or $(MAKECMDGOALS),all))),)
ifneq ($(SLIPWAY_MAKE),$(SLIPWAY_BUILD))
taken := $(shell tools/build_folder.sh "$(SLIPWAY_BUILD)" $$PPID && echo yes)
$(if $(taken),,$(error stopped; the reason is above))
export SLIPWAY_MAKE := $(SLIPWAY_BUILD)
endif
endif

.NOTPARALLEL: # ninja and ctest have their own jobs
.PHONY: all bench built check clean closure closure-mutants closure-replay demo docs-test firmware flash fleet folders format \
        fresh fuzz garbage glitch help host install matrix menuconfig museum numbers oracle reproducible setup setup-test \
        size soak sweep test tested unit
all: firmware

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
	@echo '  BUILD=DIR        where everything is built (default: build), for a source tree that cannot be written to'
	@echo '  OUT=NAME         the folder of this firmware in build/ (default: <board>-<strategy, layout, bug, application>)'
	@echo '  BUG=NAME         build this historic bug into the flash driver (museum/)'

setup:
	@tools/setup.sh build
setup-test:
	@tools/setup.sh test

host: setup ## build the host program, build/slipway
	@tools/build.sh host 'slipway slipway-gateway dts2c slipway_share slipway_vboard_archive'
	@ln -sf host/bin/slipway "$(tool)"
	@for form in cdx spdx; do ln -sf host/host/cli/share/doc/slipway/slipway.$$form.json "$(BUILD)"; done

# The firmware that the variables choose, as options of tools/firmware.sh.
chosen = -DBOARD=$(if $(pins),nucleo_h753zi,$(BOARD)) -DSLIPWAY_PINS="$(pins)" \
    -DLAYOUT="$(LAYOUT)" -DSTRATEGY="$(STRATEGY)" -DBUG="$(BUG)" -DSLIPWAY_APP="$(app)" \
    $(if $(own_key),-DSLIPWAY_KEY="$$(realpath -m -- "$(KEY)")") -DSLIPWAY_PRODUCT=$(product) -DSLIPWAY_KCONFIG="$(CONFIG)"

folders: host
	@[ "$(app)" != none ] || { echo "error: APP=$(APP) is not a folder" >&2; \
	    echo "  next: cp -r examples/product $(APP)" >&2; exit 2; }
	@[ "$(pins)" != none ] || { echo "error: BOARD=$(BOARD) is not a folder" >&2; \
	    echo "  next: docs/your-board.md says what such a folder holds" >&2; exit 2; }

built: folders
	@tools/firmware.sh "$(out)" all $(chosen)
	@tools/package.sh "$(target)" "$(VERSION)"

# The firmware of the tests, in folders of its own: what a person built stays.
tested: setup-test host
	@tests/system/make_images.sh

firmware: built ## build bootloader, application (yours: APP=FOLDER), signed image and merged.hex in build/<board>/
	@tools/results.sh "$(target)" "$(VERSION)"

demo: built ## update across both flash banks on the virtual board (PORT=/dev/ttyACM0: on a real one)
	@tools/demo.sh "$(target)" $(PORT)

menuconfig: setup ## choose the Kconfig options; the next make uses them
	@mkdir -p "$(target)"
	@[ ! -f "$(target)/.config" ] || cp "$(target)/.config" "$(target)/menuconfig.tmp"
	@KCONFIG_CONFIG="$(target)/menuconfig.tmp" /usr/bin/python3 -m menuconfig Kconfig
	@[ ! -f "$(target)/menuconfig.tmp" ] || /usr/bin/python3 tools/kconfig.py --changed "$(target)/.config" \
	    "$(target)/menuconfig.tmp" "$(target)/menuconfig.conf"
	@rm -f "$(target)/menuconfig.tmp" "$(target)/menuconfig.tmp.old"

##@ Before a change lands
unit: setup-test ## build everything and run the short tests (ONLY=regex)
	@tools/build.sh host all
	@ctest --test-dir "$(host)" -L unit -j"$$(nproc)" --no-tests=error --output-on-failure $(if $(ONLY),-R '$(ONLY)')

test: tested ## run everything that must pass before a change lands
	@tools/test.sh

check: tested ## check layers, format, static analysis, house rules
	@tools/check.sh

docs-test: setup-test host ## run the commands of README, docs/ and examples/ as printed (ONLY=FILE; UPDATE=1: new figures)
	@python3 tests/docs/docs_test.py $(if $(UPDATE),--update) $(ONLY)

size: built ## print bytes of flash and RAM, and check them against their budgets
	@tools/size.sh "$(target)"

reproducible: folders ## build this firmware twice, in two folders, and compare the bytes (takes the variables of a build)
	@tools/reproducible/reproducible.sh "$(out)" "$(VERSION)" $(chosen)

fresh: ## run the README's commands in a bare Debian (SUITE=bookworm or trixie; ONLY=demo; FRESH=FOLDER)
	@ONLY="$(ONLY)" tools/fresh.sh "$(SUITE)" "$(FRESH)"

format: setup-test ## format the C sources with clang-format
	@git ls-files '*.c' '*.h' | xargs "$(BUILD)/venv/bin/clang-format" -i

# HTML=, JUNIT=, JSON=FILE of a rehearsal
reports = $(if $(HTML),--html "$(HTML)") $(if $(JUNIT),--junit "$(JUNIT)") $(if $(JSON),--json-file "$(JSON)")

##@ Proofs
museum: setup-test ## run the conformance suite on each historic flash driver bug (BOARD: on that board's part; reports: HTML=, JUNIT=, JSON=FILE)
	@tools/build.sh host museum
	@"$(host)/museum/suite/museum" $(if $(part),--part $(part)) --command "make museum$(if $(part), BOARD=$(BOARD))" \
	    $(if $(HTML),--html "$(HTML)") $(if $(JUNIT),--junit "$(JUNIT)") $(if $(JSON),--json "$(JSON)")

closure: host ## explore every flash state that power cuts can reach (about 10 minutes; SMALL=1: seconds; HTML=, JUNIT=, JSON=)
	@nice -n 10 "$(tool)" rehearse closure $(if $(SMALL),--small) $(reports)
	@tools/build.sh host settings_closure_test
	@nice -n 10 "$(host)/core/settings/settings_closure_test" $(if $(SMALL),,full) | grep generations

closure-replay: built ## a violation that the closure found, on the bootloader at full size (TEXT='...')
	@tools/build.sh host replay_elf
	@"$(host)/tests/sweep/replay_elf" '$(TEXT)' "$(target)/bootloader.elf" "$(KEY)"

closure-mutants: host ## break the update engine and the store of settings on purpose: the closures must find each mistake
	@tools/build.sh host 'closure_rows settings_test settings_closure_test'
	@nice -n 10 tools/closure_mutants.py "$(host)"

fleet: tested ## a rollout to N devices with failures at every end (N=1000, BOARDS=50 of them virtual, SEED=number; HTML=, ...)
	@tools/build.sh host all
	@"$(tool)" rehearse fleet --devices $(or $(N),1000) --boards $(or $(BOARDS),50) $(if $(SEED),--seed $(SEED)) \
	    --bootloader "$(BUILD)/tests/nucleo_h753zi/bootloader.elf" --image "$(BUILD)/tests/nucleo_h753zi/smp_server.signed.hex" \
	    --new "$(BUILD)/tests/nucleo_h753zi-2.0.0.bin" --key "$(dev_key)" $(reports)

sweep: tested ## cut power during a swap and its revert at full size (N=2000, SEED=number)
	@tools/build.sh host system_cuts
	@cd "$(BUILD)" && host/tests/sweep/system_cuts $(or $(N),2000) $(SEED)

soak: tested ## update back and forth on one flash file; print memory and erases of each sector (N=200)
	@tools/build.sh host slipway
	@python3 tests/sweep/soak.py $(or $(N),200) "$(tool)" "$(BUILD)/tests/nucleo_h753zi/bootloader.elf" \
	    "$(BUILD)/tests/nucleo_h753zi-1.0.0.bin" "$(BUILD)/tests/nucleo_h753zi-2.0.0.bin"

numbers: setup-test ## cut power at each flash call of a full-size upgrade and revert, for each strategy
	@tools/build.sh host update_numbers
	@"$(host)/tests/sweep/update_numbers" | grep calls:

garbage: tested ## start the bootloader on garbage flash contents (N=2000, SEED=number)
	@tools/build.sh host garbage_elf_test
	@tests/sweep/make_garbage_images.sh
	@cd "$(BUILD)" && host/tests/sweep/garbage_elf_test $(or $(N),2000) $(SEED)

glitch: tested ## glitch the decision "may this image run?", for each kind of strategy (N=51000, SEED=number)
	@tools/build.sh host glitch_test
	@for strategy in direct-xip ram-load; do \
	    tools/firmware.sh tests/strategy-$$strategy bootloader -DSTRATEGY=$$strategy -DSLIPWAY_KCONFIG=APP_BALLAST_KB=64 || exit 1; done
	@tests/sweep/make_glitch_images.sh
	@cd "$(BUILD)" && host/tests/sweep/glitch_test $(or $(N),51000) $(SEED)

matrix: setup-test host ## compare 53,136 images of slipway with imgtool's (about 20 minutes; EVERY=12: one in 12)
	@nice -n 10 "$(BUILD)/venv/bin/python" tests/interop/image_matrix.py "$(tool)" --jobs 0 $(if $(EVERY),--every $(EVERY),--full)

oracle: setup-test ## compare the virtual CPU with libunicorn and QEMU, over millions of instructions
	@tools/build.sh host 'cpu_oracle_test cpu_trace_test'
	@"$(host)/vboard/cpu/cpu_oracle_test" 2500000 50000
	@ctest --test-dir "$(host)" -R '^cpu_trace_test$$' --output-on-failure

fuzz: setup-test ## fuzz every parser (SECONDS=60 each)
	@tools/fuzz.sh $(SECONDS)

bench: ## print a table of speed and size, ours beside peers (JSON=1: one JSON object)
	@$(MAKE) --no-print-directory tested $(if $(filter-out 0,$(JSON)),>&2)
	@tools/bench.sh $(if $(filter-out 0,$(JSON)),--json)

##@ Board, installation, cleaning
flash: built ## program bootloader and signed application into a real board (OpenOCD)
	@tools/flash.sh "$(target)"

install: $(if $(by_sudo),,host) ## install slipway, man pages, shell completion and the C library (PREFIX, DESTDIR)
	@to=$$(realpath -m -- "$(PREFIX)"); \
	    mkdir -p "$(DESTDIR)$$to" 2>/dev/null && [ -w "$(DESTDIR)$$to" ] || { \
	    echo "error: cannot write to $(DESTDIR)$$to" >&2; \
	    echo "  next: make install PREFIX=$$HOME/.local, or sudo make install" >&2; exit 1; }; \
	    cmake --install "$(host)" --component slipway --prefix "$$to" && \
	    cmake --install "$(host)" --component vboard --prefix "$$to" && rm -f "$(host)"/install_manifest*.txt

clean: ## remove what was built, but not keys, downloads and the Python environment
	@[ ! -d "$(BUILD)" ] || find "$(BUILD)" -mindepth 1 -maxdepth 1 ! -name keys ! -name apt ! -name src ! -name venv ! -name fresh \
	    ! -name requirements.txt ! -name '.setup-*' ! -name .make -exec rm -rf {} +
