# moat - see `make help`. One Makefile, not recursive; sources are found by folder.
#
#   MODE=release|debug|asan|cov   what to build, each in a tree of its own (default release)
#   WERROR=1                      warnings are errors (CI)
#   V=1                           print whole commands
#   CROSS=PREFIX                  the cross tools (default arm-none-eabi-)

MODE  ?= release
B     := build/$(MODE)
CROSS ?= arm-none-eabi-
Q     := $(if $(V),,@)

HOST_DIRS := sim/base mpu devices loaders cpu sim/machine sim/trace sim/record sim/explain sim/gdb \
             sim/view
PKGS      := unicorn capstone libcjson libelf libdw libxxhash libzstd libarchive libxml-2.0 \
             sdl2 SDL2_ttf SDL2_image
VERSION   := 0.1-$(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
        -Wwrite-strings -Wpointer-arith -Wconversion -Wno-sign-conversion -fno-common \
        -Wno-missing-field-initializers $(if $(WERROR),-Werror)

# No vectorizing: counters that are stored one by one and loaded as a pair stall the load (bench/README.md).
CFLAGS_debug   := -Og -g3
CFLAGS_release := -O2 -fno-tree-vectorize -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
CFLAGS_asan    := -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_cov     := -O0 -g3 --coverage
ifeq ($(CFLAGS_$(MODE)),)
$(error MODE is release, debug, asan or cov, not '$(MODE)')
endif

# Asked once, and only when something is compiled: setup.sh may install these libraries first.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
CHECK_LIBS = $(eval CHECK_LIBS := $$(shell pkg-config --libs check))$(CHECK_LIBS)

# Hidden visibility: Unicorn's library exports names such as cpu_reset, and would call ours.
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS_$(MODE)) -fvisibility=hidden -I. -MMD -MP \
             -include sim/base/banned.h $(PKG_CFLAGS) $(CFLAGS)
LDLIBS     = $(PKG_LIBS) -lm

LIB_SRC := $(foreach d,$(HOST_DIRS),$(wildcard $(d)/*.c))
CLI_SRC := $(wildcard sim/cli/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(B)/%.o) $(B)/boards.o
BOARDS  := $(wildcard configs/boards/*.json)

define say
$(if $(V),,@printf '  %-6s %s\n' $(1) $@)
endef

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all kernel guests run check check-long rules cycles bench bench-keep docs lint fmt sizes man setup \
        fuzz clean help

all: $(B)/moat  ## build the simulator

setup:
	$(Q)./setup.sh


$(B)/moat: $(CLI_OBJ) $(B)/libmoat.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS)
$(B)/libmoat.a: $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^
$(B)/%.o: %.c | setup
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/sim/cli/cli.o: ALL_CFLAGS += -DMOAT_VERSION='"$(VERSION)"'

# The boards are part of the program.
$(B)/boards.c: $(BOARDS) configs/embed.sh
	$(call say,GEN)
	$(Q)mkdir -p $(@D) && sh configs/embed.sh $(BOARDS) > $@
$(B)/boards.o: $(B)/boards.c
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The guests of tests/ and bench/, once for each board: build/guest/BOARD/...
GUEST_BOARDS := mps2-an385 mps2-an386 mps2-an500 mps2-an505 generic-m0 generic-m0plus
CPU_mps2-an385     := cortex-m3
CPU_mps2-an386     := cortex-m4
CPU_mps2-an500     := cortex-m7
CPU_mps2-an505     := cortex-m33
CPU_generic-m0     := cortex-m0
CPU_generic-m0plus := cortex-m0plus
DEFS_mps2-an505    := -DGUEST_UART=0x50200000
# Where code and data are linked, if not at 0 and 0x20000000.
PLACE_mps2-an505 := -Wl,--defsym=IMAGE_BASE=0x10000000,--defsym=RAM_BASE=0x38000000
# Guests of FP instructions: fp, cycles; and applications of Keep, which itself uses none.
FPU_mps2-an386 := -mfpu=fpv4-sp-d16 -mfloat-abi=softfp
FPU_mps2-an500 := -mfpu=fpv5-d16 -mfloat-abi=softfp
FPU_mps2-an505 := -mfpu=fpv5-sp-d16 -mfloat-abi=softfp
G       := build/guest
KFLAGS  := -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
           -fno-common $(if $(WERROR),-Werror) -Os -g3 -gdwarf-4 -mthumb -mfloat-abi=soft \
           -ffreestanding -fno-tree-loop-distribute-patterns -ffile-prefix-map=$(CURDIR)/= \
           -fdebug-prefix-map=$(CURDIR)=. -I. -MMD -MP

define board_rules
$(G)/$(1)/%.o: %.c | setup
	$$(call say,KCC)
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc -mcpu=$$(CPU_$(1)) $$(DEFS_$(1)) $$(KFLAGS) -c -o $$@ $$<
$(G)/$(1)/%.o: %.S | setup
	$$(call say,KAS)
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc -mcpu=$$(CPU_$(1)) $$(DEFS_$(1)) $$(KFLAGS) -c -o $$@ $$<
endef
$(foreach b,$(GUEST_BOARDS),$(eval $(call board_rules,$(b))))
$(foreach b,$(GUEST_BOARDS),$(eval $(G)/$(b)/tests/guest/cycles.o $(G)/$(b)/tests/guest/fp.o: KFLAGS += $(FPU_$(b))))

# ---- Keep: its applications, each for each board that has an MPU. ----
#
# A variant is a configuration (kernel/abi/config.h) that several applications share. An image is
# linked twice: keeptool reads the first for the table of objects that the second contains.

KEEP_BOARDS := mps2-an385 mps2-an386 mps2-an500 mps2-an505 generic-m0plus
KAPPS       := $(notdir $(wildcard kernel/apps/*)) latency-full suite-nx
# An image of another folder's sources, in another variant.
SRC_latency-full := latency
SRC_suite-nx     := suite
K_SRC       := $(wildcard kernel/arch/*.c kernel/arch/vectors.S kernel/arch/switch.S kernel/core/*.c \
                 kernel/core/ipc/*.c kernel/drivers/*.c kernel/user/*.c)
MPU_mps2-an505     := v8
MPU_generic-m0plus := v6
mpu_of       = $(or $(MPU_$(1)),v7)
VARIANTS     := full test nx minimal bench loader
FLAGS_full    := -O2
FLAGS_test    := -DKEEP_WITH_TEST=1 -DKEEP_FIRST_STACK=2048
FLAGS_nx      := $(FLAGS_test) -DKEEP_WITH_EXTRA=1 -O2 -DKEEP_RODATA_NX=1 -DKEEP_SCRUB=1 \
                 -fstack-protector-strong -DKEEP_CANARIES=1
FLAGS_loader  := -DKEEP_WITH_LOADER=1
FLAGS_minimal := -O2 -DKEEP_MINIMAL
FLAGS_bench   := $(FLAGS_minimal) -DKEEP_WITH_MUTEX=1
# Applications that are not of the full variant.
VARIANT_suite    := test
VARIANT_suite-nx := nx
VARIANT_hammer := test
VARIANT_soak   := test
VARIANT_minimal := minimal
VARIANT_latency := bench
VARIANT_loader  := loader
variant_of = $(or $(VARIANT_$(1)),full)

K_CFLAGS = -mcpu=$(CPU_$(1)) $(KFLAGS) -ffunction-sections -fdata-sections \
           -DKEEP_BOARD='"kernel/boards/$(1).h"' $(if $(FPU_$(1)),-DKEEP_FPU=1) $(FLAGS_$(2))

# board, variant
define variant_rules
$(G)/$(1)/$(2)/kernel/apps/%.o: kernel/apps/%.c | setup
	$$(call say,KCC)
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$(call K_CFLAGS,$(1),$(2)) $$(FPU_$(1)) -c -o $$@ $$<
$(G)/$(1)/$(2)/%.o: %.c | setup
	$$(call say,KCC)
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$(call K_CFLAGS,$(1),$(2)) -c -o $$@ $$<
$(G)/$(1)/$(2)/%.o: %.S | setup
	$$(call say,KAS)
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$(call K_CFLAGS,$(1),$(2)) -c -o $$@ $$<
endef
$(foreach b,$(KEEP_BOARDS),$(foreach v,$(VARIANTS),$(eval $(call variant_rules,$(b),$(v)))))

KEEPTOOL     := $(B)/keeptool
KEEPTOOL_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/first_link.c,$(wildcard kernel/tool/*.c)) \
                  kernel/core/sha256.c)
$(KEEPTOOL): $(KEEPTOOL_OBJ)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(PKG_LIBS)

# Programs that are loaded after boot: build/guest/BOARD/NAME.kpg
PROGRAMS := $(patsubst kernel/programs/%/,%,$(wildcard kernel/programs/*/))
define program_rules
$(G)/$(1)/$(2).kpg: $(G)/$(1)/loader/kernel/programs/$(2)/main.o $(G)/$(1)/loader/kernel/user/runtime.o kernel/programs/program.ld $$(KEEPTOOL)
	$$(call say,PROGRAM)
	$$(Q)$$(CROSS)gcc -mcpu=$$(CPU_$(1)) -mthumb -nostdlib -Wl,-q,--gc-sections,--no-warn-rwx-segments -T kernel/programs/program.ld \
	    -o $$(@:.kpg=.program.elf) $$(filter %/main.o,$$^) -lgcc
	$$(Q)$$(KEEPTOOL) program -o $$@ $$(@:.kpg=.program.elf)
$(G)/$(1)/loader/kernel/programs/$(2)/main.o: KFLAGS += -mword-relocations
$(G)/$(1)/loader/kernel/apps/loader/programs.o: $(G)/$(1)/$(2).kpg
$(G)/$(1)/loader/kernel/apps/loader/programs.o: KFLAGS += -Wa,-I$(G)/$(1)
endef
$(foreach b,$(KEEP_BOARDS),$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(b),$(p)))))

KLINK = $(Q)$(CROSS)gcc -mcpu=$(CPU_$(1)) -mthumb -nostdlib -Wl,--build-id=sha1,--gc-sections,--fatal-warnings,--no-warn-rwx-segments

# board, application, variant
define app_rules
$(1)_$(2)_OBJ := $$(patsubst %,$(G)/$(1)/$(3)/%.o,$$(basename $$(K_SRC) $$(wildcard $$(addprefix kernel/apps/$$(or $$(SRC_$(2)),$(2))/,*.c *.S))))
$(G)/$(1)/$(2).app.ld: $$($(1)_$(2)_OBJ) $$(KEEPTOOL)
	$$(call say,LAYOUT)
	$$(Q)$$(KEEPTOOL) layout -m $$(call mpu_of,$(1)) -p $(if $(filter nx,$(3)),3,4) -l $$@ -t $(G)/$(1)/$(2).tables.c \
	    -b $(G)/$(1)/$(2).budget $$($(1)_$(2)_OBJ)
$(G)/$(1)/$(2).tables.o: $(G)/$(1)/$(2).app.ld
	$$(Q)$$(CROSS)gcc $$(call K_CFLAGS,$(1),$(3)) -c -o $$@ $(G)/$(1)/$(2).tables.c
$(G)/$(1)/$(2).ld: kernel/arch/image.ld.S kernel/boards/$(1).h kernel/abi/config.h
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc -E -P -x c -I. -mcpu=$$(CPU_$(1)) $$(filter -D%,$$(call K_CFLAGS,$(1),$(3))) \
	    -DKEEP_APP_LD=$(G)/$(1)/$(2).app.ld -o $$@ $$<
$(G)/$(1)/$(2).first.elf: $$($(1)_$(2)_OBJ) $(G)/$(1)/$(2).tables.o $(G)/$(1)/$(3)/kernel/tool/first_link.o $(G)/$(1)/$(2).ld
	$$(call KLINK,$(1)) -T $(G)/$(1)/$(2).ld -o $$@ $$(filter %.o,$$^) -lgcc
$(G)/$(1)/$(2).objects.o: $(G)/$(1)/$(2).first.elf
	$$(call say,OBJECT)
	$$(Q)$$(KEEPTOOL) objects -o $(G)/$(1)/$(2).objects.c $$<
	$$(Q)$$(CROSS)gcc $$(call K_CFLAGS,$(1),$(3)) -c -o $$@ $(G)/$(1)/$(2).objects.c
$(G)/$(1)/$(2).elf: $$($(1)_$(2)_OBJ) $(G)/$(1)/$(2).tables.o $(G)/$(1)/$(2).objects.o $(G)/$(1)/$(2).ld
	$$(call say,KLD)
	$$(call KLINK,$(1)) -T $(G)/$(1)/$(2).ld -o $$@ $$(filter %.o,$$^) -lgcc
	$$(Q)$$(KEEPTOOL) objects -c $$@
endef
$(foreach b,$(KEEP_BOARDS),$(foreach a,$(KAPPS),$(eval $(call app_rules,$(b),$(a),$(call variant_of,$(a))))))
KIMAGES := $(foreach b,$(KEEP_BOARDS),$(foreach a,$(KAPPS),$(G)/$(b)/$(a).elf))

# board, source file without ending: a bare-metal guest with tests/guest/lib
LIB_GUEST := tests/guest/lib/start
define guest_rules
$(G)/$(1)/$(notdir $(2)).elf: $(G)/$(1)/$(2).o $(G)/$(1)/$(LIB_GUEST).o tests/guest/lib/guest.ld
	$$(call say,GLD)
	$$(Q)$$(CROSS)gcc -mcpu=$$(CPU_$(1)) -mthumb -nostdlib -Wl,--build-id=sha1,--fatal-warnings,--no-warn-rwx-segments \
	    $(PLACE_$(1)) -T tests/guest/lib/guest.ld -o $$@ $$(filter %.o,$$^) -lgcc
endef
GUEST_SRC := $(basename $(wildcard tests/guest/*.c bench/guests/*.c))
# What is written for ARMv7-M alone: not for the others.
V7M_GUEST_SRC := $(addprefix tests/guest/,accesses exceptions faults keys) \
                 $(basename $(wildcard bench/guests/*.c))
NO_V6M_SRC    := tests/guest/traps
FP_GUEST_SRC  := tests/guest/fp
V7M_BOARDS    := mps2-an385 mps2-an386
without_of = $(if $(filter $(V7M_BOARDS),$(1)),,$(V7M_GUEST_SRC)) $(if $(filter generic-%,$(1)),$(NO_V6M_SRC)) \
             $(if $(FPU_$(1)),,$(FP_GUEST_SRC))
guests_of = $(filter-out $(call without_of,$(1)),$(GUEST_SRC))
$(foreach b,$(GUEST_BOARDS),$(foreach g,$(call guests_of,$(b)),$(eval $(call guest_rules,$(b),$(g)))))
GUESTS := $(foreach b,$(GUEST_BOARDS),$(foreach g,$(notdir $(call guests_of,$(b))),$(G)/$(b)/$(g).elf))

# Random guests: tests/differential links them, once for each seed.
fuzz_of  = $(if $(filter generic-%,$(1)),tests/differential/guests/mpu.c,$(wildcard tests/differential/guests/*.c))
FUZZ_OBJ := $(foreach b,$(GUEST_BOARDS),$(patsubst %.c,$(G)/$(b)/%.o,$(call fuzz_of,$(b))) \
              $(G)/$(b)/$(LIB_GUEST).o)
JUDGES   := $(patsubst %.c,$(B)/%,$(wildcard tests/differential/judge_*.c))
$(B)/tests/differential/judge_%: $(B)/tests/differential/judge_%.o $(B)/tests/unit/naive_mpu.o
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^

guests: $(GUESTS) $(FUZZ_OBJ)  ## cross-compile the guests of tests/ and bench/

kernel: $(KIMAGES)  ## cross-compile Keep and its applications

run: $(B)/moat $(G)/mps2-an386/demo.elf  ## boot Keep's demo, explain its faults, record to moat.rec
	$(Q)$(B)/moat run $(G)/mps2-an386/demo.elf

# ---- Tests. ----

UNIT_SRC := $(filter-out tests/unit/main.c,$(wildcard tests/unit/test_*.c))
UNIT_LIB := $(patsubst %.c,$(B)/%.o,$(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c)))
UNITS    := $(UNIT_SRC:%.c=$(B)/%)

$(B)/tests/unit/test_%: $(B)/tests/unit/test_%.o $(UNIT_LIB) $(B)/libmoat.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS) $(CHECK_LIBS)

check: all kernel guests $(UNITS) $(JUDGES) build/fuzz/fuzz_image  ## lint and every deterministic test; ends with "N passed, N failed"
	$(Q)BUILD=$(B) GUEST=$(G) sh tests/run.sh
check-long: all kernel guests $(UNITS) $(JUDGES) build/fuzz/fuzz_image  ## longer hunts: more random cases
	$(Q)MOAT_LONG=1 BUILD=$(B) GUEST=$(G) sh tests/run.sh
rules:  ## the rules of the architecture, and the tests that hold them
	$(Q)sh tests/rules.sh
cycles: all guests  ## each timing rule: cycles expected and counted, on every core
	$(Q)for b in $(GUEST_BOARDS); do echo "== $$b"; \
	    $(B)/moat run -q --no-record --board $$b $(G)/$$b/cycles.elf; done
bench: all kernel guests $(B)/bench/bench  ## speed, side by side with qemu-system-arm
	$(Q)$(B)/bench/bench $(B)/moat $(G)
	$(Q)MOAT=$(B)/moat GUEST=$(G) CROSS=$(CROSS) sh bench/keep.sh
bench-keep: all kernel  ## what Keep costs: cycles and bytes, on M4
	$(Q)MOAT=$(B)/moat GUEST=$(G) CROSS=$(CROSS) sh bench/keep.sh
$(B)/bench/bench: $(B)/bench/bench.o $(B)/bench/engine.o $(B)/bench/travel.o $(B)/libmoat.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS)

# Loaders under libFuzzer, in a tree of their own whatever MODE is. What it finds worth keeping stays
# in build/fuzz/corpus, so that a longer run goes on from there.
FUZZ_SRC  := tests/fuzz/fuzz_image.c $(addprefix loaders/,elf.c image.c records.c uf2.c) \
             $(wildcard sim/base/*.c)
FUZZ_FOR   = $(if $(FUZZ_SECONDS),-max_total_time=$(FUZZ_SECONDS),-runs=20000)
build/fuzz/fuzz_image: $(FUZZ_SRC) $(wildcard loaders/*.h sim/base/*.h) | setup
	$(call say,FUZZ)
	$(Q)mkdir -p build/fuzz/corpus && clang -std=c11 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address \
	    -I. -include sim/base/banned.h $(PKG_CFLAGS) -o $@ $(FUZZ_SRC) $(LDLIBS)
fuzz: build/fuzz/fuzz_image  ## loaders under libFuzzer: 20000 inputs, or an hour: FUZZ_SECONDS=3600
	$(Q)$< -seed=1 $(FUZZ_FOR) -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/ build/fuzz/corpus tests/fuzz/corpus

docs: $(KEEPTOOL)  ## docs/syscalls.md, from the list of system calls
	$(Q)$(KEEPTOOL) syscalls -o docs/syscalls.md

SOURCES = $(shell git ls-files -co --exclude-standard -- '*.c' '*.h')
lint: setup  ## include table, third-party headers, docstrings, format
	$(Q)sh tests/lint/lint.sh
fmt: setup  ## format all C with clang-format 14
	$(Q)clang-format -i $(SOURCES)
sizes:  ## lines of the longest files and functions
	$(Q)sh tests/lint/sizes.sh
man: $(B)/moat  ## build/moat.1, the manual page
	$(Q)$(B)/moat help man > build/moat.1

clean:  ## remove build/
	rm -rf build
help:  ## this text
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

-include $(shell find build -name '*.d' 2>/dev/null)
