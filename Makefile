# mlpd: build, test, check. `make help` lists the targets.
#
#   CC=clang  SANITIZER=address|undefined|thread  COVERAGE=1  WERROR=1

VERSION  := 0.1.0
CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
variant  := $(if $(filter clang%,$(CC)),-clang)$(if $(SANITIZER),-$(SANITIZER))$(if $(COVERAGE),-coverage)
BUILD    ?= build$(if $(variant),/$(patsubst -%,%,$(variant)))
PREFIX   ?= /usr/local

packages := libmicrohttpd jansson libuv sqlite3 nettle zlib libprotobuf-c
warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion \
            -Wformat=2 -Wvla -Wcast-qual -Wstrict-prototypes \
            -Wmissing-prototypes -Wnull-dereference -Wundef -Wpointer-arith \
            -Wwrite-strings -Wimplicit-fallthrough $(if $(WERROR),-Werror)
# try FLAGS: those, if the compiler takes them.
try = $(shell $(CC) -Werror -O2 $(1) -c -x c -o /dev/null /dev/null 2>/dev/null && echo $(1))
# _FORTIFY_SOURCE=3 takes gcc 12 and glibc 2.35, or clang; older ones get 2.
fortify = $(shell printf '\043include <features.h>\n\043if __USE_FORTIFY_LEVEL != 3\n\043error\n\043endif\n' | \
            $(CC) -Werror -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -E -x c - \
            >/dev/null 2>&1 && echo 3 || echo 2)
machine   := $(shell $(CC) -dumpmachine)
hardening := -fstack-protector-strong -fstack-clash-protection \
             $(if $(filter x86_64-% i%86-%,$(machine)),-fcf-protection=full) \
             $(if $(filter aarch64-%,$(machine)),$(call try,-mbranch-protection=standard)) \
             $(if $(SANITIZER)$(COVERAGE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(fortify)) \
             $(if $(SANITIZER)$(COVERAGE),,$(call try,-ftrivial-auto-var-init=zero))
optimize := $(if $(SANITIZER),-O1 -fno-omit-frame-pointer,$(if $(COVERAGE),-O0,-O3))

CFLAGS   ?= $(optimize) -g
override CFLAGS += -std=c17 -D_GNU_SOURCE -fno-math-errno -fPIC \
            -fvisibility=hidden -ffp-contract=off $(warnings) $(hardening) \
            $(if $(SANITIZER),-fsanitize=$(SANITIZER) -fno-sanitize-recover=all) \
            $(if $(COVERAGE),--coverage)
CPPFLAGS += -Iinclude -DMLPD_VERSION='"$(VERSION)"'
LDFLAGS  += -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed -pie \
            $(if $(SANITIZER),-fsanitize=$(SANITIZER)) \
            $(if $(COVERAGE),--coverage)
# ONNX's messages as C, made by protoc-c.
gen      := $(BUILD)/gen
CPPFLAGS += -isystem $(gen)
server_cflags := $(shell pkg-config --cflags $(packages))
server_libs   := $(shell pkg-config --libs $(packages)) -lpthread -lm

# V=1 shows the commands.
quiet = $(if $(V),,@echo "  $(@:$(BUILD)/%=%)";)

CORE_SRC   ?= $(wildcard core/*/*.c)
SERVER_SRC ?= $(wildcard server/*.c server/*/*.c)
UNIT_SRC   ?= $(wildcard tests/unit/*.c)

# Criterion cannot start under ThreadSanitizer; tests/plain stands in for it.
plain := $(findstring thread,$(SANITIZER))
criterion_cflags := $(if $(plain),-Itests/plain)
criterion_obj := $(if $(plain),$(BUILD)/obj/tests/plain/runner.o)
criterion_lib := $(if $(plain),,-lcriterion)

core_obj   := $(CORE_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/gen/onnx.pb-c.o
server_obj := $(SERVER_SRC:%.c=$(BUILD)/obj/%.o)
unit_obj   := $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)

.PHONY: all
all: $(BUILD)/mlpd $(BUILD)/libmlp.a $(BUILD)/libmlp.so  ## build the daemon and the library

$(BUILD)/libmlp.a: $(core_obj)
	$(quiet)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/libmlp.so: $(core_obj)
	$(quiet)$(CC) -shared $(filter-out -pie,$(LDFLAGS)) -Wl,-soname,libmlp.so.0 -o $@ $^ -lprotobuf-c -lz -lm

$(BUILD)/mlpd: $(server_obj) $(BUILD)/libmlp.a
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(server_libs)

$(BUILD)/obj/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -Icore $(CFLAGS) -MMD -MP -c -o $@ $<

$(gen)/onnx.pb-c.c $(gen)/onnx.pb-c.h &: core/onnx/onnx.proto
	@mkdir -p $(gen)
	$(quiet)protoc-c --proto_path=core/onnx --c_out=$(gen) $<

$(BUILD)/obj/gen/%.o: $(gen)/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) $(filter-out -W%,$(CFLAGS)) -w -c -o $@ $<

# Said here, as -MMD leaves out what is found by -isystem.
$(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard core/onnx/*.c)) \
    $(BUILD)/obj/tests/unit/test_onnx.o \
    $(BUILD)/obj/tests/unit/test_onnx_graphs.o $(BUILD)/obj/tests/unit/onnx_files.o: \
    $(gen)/onnx.pb-c.h

# Vector code is many times as long with a sanitizer's checks in it, and takes
# the compiler minutes; isa_portable.c has them, of the same source. isa_wide.c
# has no fast code to make. Nor do they count lines: one file would have many
# functions of each name.
$(BUILD)/obj/core/math/isa_avx%.o $(BUILD)/obj/core/math/isa_neon.o: \
    override CFLAGS := $(filter-out -fsanitize% -fno-sanitize% --coverage,$(CFLAGS)) \
        $(if $(SANITIZER)$(COVERAGE),-O2) $(call try,-fno-var-tracking-assignments)
# The lines of tests are not counted. Each test is a process of its own, which
# writes a file for every source that is.
$(filter-out %/isa_wide.o,$(unit_obj)): override CFLAGS := $(filter-out --coverage,$(CFLAGS))
$(BUILD)/obj/tests/unit/isa_wide.o: override CFLAGS := \
        $(filter-out -fsanitize% -fno-sanitize% --coverage,$(CFLAGS)) -O1 -g0

$(BUILD)/obj/server/%.o: server/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -Iserver $(server_cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

# The document is part of the object, which the compiler's -MMD does not see.
$(BUILD)/obj/server/handlers/openapi.o: server/handlers/openapi.json

# Tests see both sides' inner headers.
$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -Icore -Iserver $(criterion_cflags) -Itests $(server_cflags) $(CFLAGS) -Wno-pedantic -Wno-missing-prototypes -Wno-undef -Wno-psabi -MMD -MP -c -o $@ $<

# --- tests ------------------------------------------------------------------

$(BUILD)/test-unit: $(unit_obj) $(filter-out $(BUILD)/obj/server/main.o,$(server_obj)) $(BUILD)/libmlp.a $(criterion_obj)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(criterion_lib) $(server_libs)

.PHONY: unit
unit: $(BUILD)/test-unit  ## unit tests
	$< $(UNIT_ARGS)

# The engine in double (-DMLP_FLOAT64), against the float64 references.
unit64_src ?= $(wildcard core/base/*.c core/math/*.c core/nn/*.c) \
              $(wildcard tests/unit/test_reference.c tests/unit/test_gradient.c \
                         tests/unit/test_attribution.c \
                         tests/unit/reference_case.c)
unit64_obj := $(unit64_src:%.c=$(BUILD)/obj64/%.o)

$(BUILD)/obj64/%.o: %.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -DMLP_FLOAT64 -Icore $(criterion_cflags) $(CFLAGS) -Wno-pedantic -Wno-missing-prototypes -Wno-undef -Wno-psabi -MMD -MP -c -o $@ $<

$(BUILD)/test-unit64: $(unit64_obj) $(criterion_obj)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(criterion_lib) -ljansson -lm

.PHONY: unit64
unit64: $(BUILD)/test-unit64  ## unit tests of the engine in double
	$< $(UNIT_ARGS)

# One request after the other has nothing to show to ThreadSanitizer.
thread_scripts := $(filter-out c_example.sh compare.sh errors.sh evaluate.sh \
    explain.sh forms.sh learn.sh lib.sh npz.sh onnx.sh predict.sh raw_rows.sh \
    rows.sh run.sh traps.sh tritonclient.sh v1.sh v2.sh,$(notdir \
    $(wildcard tests/integration/*.sh)))
INTEGRATION ?= $(if $(plain),$(addprefix tests/integration/,$(thread_scripts)))

.PHONY: check
check: all $(BUILD)/test-unit $(BUILD)/test-unit64 $(BUILD)/malformed $(BUILD)/determinism  ## every test, installing nothing
	BUILD=$(BUILD) CC=$(CC) SANITIZER=$(SANITIZER) INTEGRATION="$(INTEGRATION)" \
	    SLOW=$(SANITIZER)$(COVERAGE) tests/run.sh

malformed_obj := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/malformed/*.c))

$(BUILD)/malformed: $(malformed_obj)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^

.PHONY: malformed
malformed: $(BUILD)/malformed $(BUILD)/mlpd  ## thousands of bad requests, each with its answer
	SANITIZER=$(SANITIZER) $(BUILD)/malformed $(BUILD)/mlpd

# Through the public headers alone: what any program gets.
$(BUILD)/obj/tests/determinism/%.o: tests/determinism/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/determinism: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/determinism/*.c)) $(BUILD)/libmlp.a
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ -lpthread -lm

.PHONY: determinism
determinism: $(BUILD)/determinism  ## the same models with any threads and instructions
	BUILD=$(BUILD) SLOW=$(SANITIZER)$(COVERAGE) tests/determinism/run.sh

# The engine alone, which needs no libraries: theirs would have to be for arm64.
.PHONY: arm64
arm64: $(BUILD)/determinism  ## the same models on another machine, played by qemu
	$(MAKE) CC=aarch64-linux-gnu-gcc BUILD=$(BUILD)/arm64 WERROR=1 \
	    LDFLAGS=-static $(BUILD)/arm64/determinism
	BUILD=$(BUILD) tests/determinism/run.sh arm64

# The plug, the disk, the memory, the patience: tests/torture/run.sh.
torture_main := kill sigterm sweep slow memory moves
torture_obj  := $(patsubst %,$(BUILD)/obj/tests/torture/%.o,\
                  audit audit_folder check client hold ledger load process specs)
torture_bin  := $(torture_main:%=$(BUILD)/torture/%) $(BUILD)/torture/fail.so

$(torture_main:%=$(BUILD)/torture/%): $(BUILD)/torture/%: $(BUILD)/obj/tests/torture/%.o $(torture_obj)
	@mkdir -p $(@D)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(server_libs)

# Between the daemon and libc: nothing may be added to it.
$(BUILD)/torture/fail.so: tests/torture/preload/fail.c tests/torture/preload/fail.h
	@mkdir -p $(@D)
	$(quiet)$(CC) -std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -fPIC -fno-builtin -shared -Itests -o $@ $< -ldl

.PHONY: torture
torture: $(BUILD)/mlpd $(torture_bin)  ## kill -9, full disk, no memory, slow clients, floods: half an hour
	BUILD=$(BUILD) tests/torture/run.sh

.PHONY: torture-ci
torture-ci: $(BUILD)/mlpd $(torture_bin)  ## three minutes of it
	BUILD=$(BUILD) tests/torture/run.sh ci

.PHONY: integration
integration: $(BUILD)/mlpd  ## the tests that talk HTTP
	MLPD=$(BUILD)/mlpd tests/integration/run.sh

.PHONY: test
test:  ## install what is missing, build, run every test
	deploy/install-deps.sh build test
	$(MAKE) -j$$(nproc) check

.PHONY: demo
demo:  ## install what is missing, build, learn to read digits, show it
	deploy/install-deps.sh build demo
	$(MAKE) -j$$(nproc) $(BUILD)/mlpd
	MLPD=$(BUILD)/mlpd deploy/demo/demo.sh

# --- quality ------------------------------------------------------------------

sources := $(wildcard core/*/*.[ch] server/*.[ch] server/*/*.[ch] \
             include/mlp/*.h tests/unit/*.[ch] tests/fuzz/*.[ch] \
             tests/bench/*.[ch] tests/bench/*/*.[ch] tests/bench/*/*.cpp \
             tests/malformed/*.[ch] tests/torture/*.[ch] tests/torture/*/*.[ch] \
             tests/determinism/*.[ch])
scripts := $(wildcard .ci/run deploy/*.sh deploy/*/*.sh tests/*.sh tests/*/*.sh)

.PHONY: lint
lint: $(gen)/onnx.pb-c.h  ## layers, format, clang-tidy, shellcheck
	tests/lint/check_layers.sh
	tests/lint/check_sources.sh
	clang-format --dry-run -Werror $(sources)
	tests/lint/check_unit.sh
	shellcheck -S warning -x -P SCRIPTDIR $(scripts)
	printf '%s\n' $(CORE_SRC) | xargs -P 2 -I{} clang-tidy --quiet {} -- \
	    $(CPPFLAGS) -Icore -std=c17 -D_GNU_SOURCE
	printf '%s\n' $(SERVER_SRC) | xargs -P 2 -I{} clang-tidy --quiet {} -- \
	    $(CPPFLAGS) -Iserver -std=c17 -D_GNU_SOURCE $(server_cflags)

# The long ones reach no lines of their own. With SANITIZER=address,undefined
# one run of every test is for both.
cover_scripts := $(if $(SANITIZER),,$(filter-out c_example.sh checkpoint.sh \
    disk_full.sh learn.sh lib.sh run.sh threads.sh,$(notdir $(wildcard \
    tests/integration/*.sh))))
cover_build   := build/coverage$(if $(SANITIZER),-$(SANITIZER))

.PHONY: cover
cover:  ## line coverage of core/ and server/, at least 85 %
	deploy/install-deps.sh build test cover
	$(MAKE) -j$$(nproc) COVERAGE=1 BUILD=$(cover_build) \
	    INTEGRATION="$(addprefix tests/integration/,$(cover_scripts))" check
	gcovr -j $$(nproc) --root . --filter 'core/' --filter 'server/' --exclude 'core/math/.*\.h' \
	    --gcov-ignore-parse-errors --fail-under-line 85 --print-summary \
	    --output build/coverage.txt $(cover_build)

# The targets of tests/fuzz/ under libFuzzer and the sanitizers, and counting
# lines. Product code is compiled once for all of them; each takes from the
# archive what it needs.
FUZZ_SECONDS ?= 30
fuzz         := $(BUILD)/fuzz
fuzz_flags   := -g -O1 -std=c17 -D_GNU_SOURCE -ffp-contract=off \
                -fsanitize=address,undefined -fno-omit-frame-pointer \
                -fno-sanitize-recover=all \
                -fprofile-instr-generate -fcoverage-mapping
fuzz_targets := $(patsubst tests/fuzz/%.c,$(fuzz)/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_obj     := $(CORE_SRC:%.c=$(fuzz)/obj/%.o) $(fuzz)/obj/gen/onnx.pb-c.o \
                $(filter-out %/main.o,$(SERVER_SRC:%.c=$(fuzz)/obj/%.o))

# fuzz_cc INCLUDES: compile $< so. A compiler cache before CC serves here, too.
fuzz_cc = $(quiet)mkdir -p $(@D) && $(filter %ccache,$(CC)) clang $(fuzz_flags) \
          $(CPPFLAGS) $(1) $(server_cflags) $(fuzz_each) -MMD -MP -c -o $@ $<
fuzz_each := -fsanitize=fuzzer-no-link

# The kernels read nothing foreign, and with all this take minutes each.
$(fuzz)/obj/core/math/isa_%.o: fuzz_flags := -O1 -std=c17 -D_GNU_SOURCE -ffp-contract=off
$(fuzz)/obj/core/math/isa_%.o: fuzz_each :=

$(fuzz)/obj/core/%.o: core/%.c
	$(call fuzz_cc,-Icore)

$(fuzz)/obj/server/%.o: server/%.c
	$(call fuzz_cc,-Iserver)

$(fuzz)/obj/gen/%.o: $(gen)/%.c
	$(call fuzz_cc,-w)

$(patsubst %.c,$(fuzz)/obj/%.o,$(wildcard core/onnx/*.c)): $(gen)/onnx.pb-c.h

$(fuzz)/obj/server/handlers/openapi.o: server/handlers/openapi.json

$(fuzz)/obj/tests/%.o: tests/%.c
	$(call fuzz_cc,-Icore -Iserver)

$(fuzz)/product.a: $(fuzz_obj)
	$(quiet)rm -f $@ && $(AR) rcs $@ $^

$(fuzz)/fuzz_%: $(fuzz)/obj/tests/fuzz/fuzz_%.o $(fuzz)/product.a
	$(quiet)clang $(fuzz_flags) -fsanitize=fuzzer -o $@ $^ $(server_libs)

.SECONDARY: $(fuzz_targets:$(fuzz)/%=$(fuzz)/obj/tests/fuzz/%.o)

.PHONY: fuzz
fuzz: $(fuzz_targets)  ## feed every reader with nonsense, 30 s each (FUZZ_SECONDS)
	BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh

.PHONY: fuzz-cover
fuzz-cover: $(fuzz_targets)  ## the share of each reader's lines that the seeds reach
	BUILD=$(BUILD) tests/fuzz/cover.sh

.PHONY: onnx
onnx: $(BUILD)/mlpd  ## exported models in onnxruntime, beside the daemon
	MLPD=$(BUILD)/mlpd BUILD=$(BUILD) tests/onnx/run.sh

.PHONY: prometheus
prometheus: $(BUILD)/mlpd  ## alerts, dashboard and /metrics, read by Prometheus' own tool
	deploy/install-deps.sh prometheus
	MLPD=$(BUILD)/mlpd tests/prometheus/run.sh

.PHONY: openapi
openapi: $(BUILD)/mlpd  ## hold openapi.json against the daemon's answers (npm)
	command -v npm >/dev/null || deploy/install-deps.sh npm
	MLPD=$(BUILD)/mlpd BUILD=$(BUILD) tests/openapi/run.sh

.PHONY: container
container:  ## build the image and run the curl tests against it
	tests/container/run.sh

.PHONY: kubernetes
kubernetes: $(BUILD)/mlpd  ## check deploy/kubernetes against schemas (npm)
	command -v npm >/dev/null || deploy/install-deps.sh npm
	MLPD=$(BUILD)/mlpd tests/kubernetes/run.sh

# --- benchmarks: tests/bench/README.md ------------------------------------------

# BENCH=engine (training and prediction beside the peers) | http (beside a bare
# echo, and services as people write them) | serving | start | gemm |
# quality (how good the models are; ARGS="--sets iris,letter" and more)
BENCH      ?= engine
bench      := $(BUILD)/bench
bench_bin  := $(patsubst %,$(bench)/%,train infer peak gemm echo peers/ort)
bench_peer := $(if $(wildcard /usr/include/floatfann.h),$(bench)/peers/fann) \
              $(if $(wildcard /usr/include/dlib/dnn.h),$(bench)/peers/dlib)

# Through the public headers alone; only the kernels' own bench sees core/.
$(BUILD)/obj/tests/bench/%.o: tests/bench/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) $(if $(findstring gemm,$*),-Icore) $(CFLAGS) -MMD -MP -c -o $@ $<

$(bench)/peers/fann: bench_libs := -lfloatfann

$(bench)/gemm $(bench)/peak: $(BUILD)/obj/tests/bench/fma.o
$(bench)/gemm: bench_libs := -ldl
$(bench)/echo: bench_libs := -lmicrohttpd

$(bench)/peers/%: $(BUILD)/obj/tests/bench/peers/%.o $(BUILD)/obj/tests/bench/measure.o
	@mkdir -p $(@D)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(bench_libs) -ldl -lm

$(bench)/peers/dlib: tests/bench/peers/dlib.cpp $(BUILD)/obj/tests/bench/measure.o
	@mkdir -p $(@D)
	$(quiet)$(CXX) -std=c++17 -O3 -march=native -DNDEBUG -w -o $@ $^ -ldlib -lblas -llapack -lpthread

$(bench)/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/obj/tests/bench/measure.o $(BUILD)/libmlp.a
	@mkdir -p $(@D)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(bench_libs) -lpthread -lm

.SECONDARY: $(patsubst $(bench)/%,$(BUILD)/obj/tests/bench/%.o,$(bench_bin) $(bench)/peers/fann)

.PHONY: bench-build
bench-build: $(bench_bin)  ## compile what measures, run nothing

.PHONY: bench-peers
bench-peers: $(bench_peer)

.PHONY: bench
bench:  ## measure beside the peers; BENCH=engine|http|serving|start|gemm|quality, QUICK=1
	@BUILD=$(BUILD) MAKE="$(MAKE)" tests/bench/run.sh $(BENCH) $(ARGS)

# --- install ------------------------------------------------------------------

completions := bash-completion/completions/mlpd zsh/site-functions/_mlpd \
               fish/vendor_completions.d/mlpd.fish

.PHONY: install
install: all  ## install into $(PREFIX), honouring DESTDIR
	install -D -m 755 $(BUILD)/mlpd $(DESTDIR)$(PREFIX)/bin/mlpd
	install -D -m 644 $(BUILD)/libmlp.a $(DESTDIR)$(PREFIX)/lib/libmlp.a
	install -D -m 755 $(BUILD)/libmlp.so $(DESTDIR)$(PREFIX)/lib/libmlp.so.0
	ln -sf libmlp.so.0 $(DESTDIR)$(PREFIX)/lib/libmlp.so
	install -d $(DESTDIR)$(PREFIX)/include/mlp
	install -m 644 include/mlp/*.h $(DESTDIR)$(PREFIX)/include/mlp
	install -D -m 644 deploy/man/mlpd.1 $(DESTDIR)$(PREFIX)/share/man/man1/mlpd.1
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,$(dir $(completions)))
	$(foreach f,$(completions),$(BUILD)/mlpd completion $(firstword $(subst -, ,$(subst /, ,$(f)))) \
	    >$(DESTDIR)$(PREFIX)/share/$(f);)

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: clean
clean:  ## remove what was built
	rm -rf build

-include $(shell find $(BUILD)/obj $(BUILD)/obj64 $(BUILD)/fuzz -name '*.d' 2>/dev/null)
