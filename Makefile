# mlpd: build, test, check. `make help` lists the targets.
#
#   CC=clang  SANITIZER=address|undefined|thread  COVERAGE=1  WERROR=1

VERSION  := 0.1.0
CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
variant  := $(if $(filter clang%,$(CC)),-clang)$(if $(SANITIZER),-$(SANITIZER))$(if $(COVERAGE),-coverage)
BUILD    ?= build$(if $(variant),/$(patsubst -%,%,$(variant)))
PREFIX   ?= /usr/local

packages := libmicrohttpd jansson libuv sqlite3 nettle zlib
warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion \
            -Wformat=2 -Wvla -Wcast-qual -Wstrict-prototypes \
            -Wmissing-prototypes -Wnull-dereference -Wundef -Wpointer-arith \
            -Wwrite-strings -Wimplicit-fallthrough $(if $(WERROR),-Werror)
hardening := -fstack-protector-strong -fstack-clash-protection \
             $(if $(SANITIZER)$(COVERAGE),,-D_FORTIFY_SOURCE=2)
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

core_obj   := $(CORE_SRC:%.c=$(BUILD)/obj/%.o)
server_obj := $(SERVER_SRC:%.c=$(BUILD)/obj/%.o)
unit_obj   := $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)

.PHONY: all
all: $(BUILD)/mlpd $(BUILD)/libmlp.a $(BUILD)/libmlp.so  ## build the daemon and the library

$(BUILD)/libmlp.a: $(core_obj)
	$(quiet)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/libmlp.so: $(core_obj)
	$(quiet)$(CC) -shared $(filter-out -pie,$(LDFLAGS)) -Wl,-soname,libmlp.so.0 -o $@ $^ -lm

$(BUILD)/mlpd: $(server_obj) $(BUILD)/libmlp.a
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(server_libs)

$(BUILD)/obj/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -Icore $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/server/%.o: server/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -Iserver $(server_cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

# Tests see both sides' inner headers.
$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -Icore -Iserver $(criterion_cflags) -Itests $(server_cflags) $(CFLAGS) -Wno-pedantic -Wno-missing-prototypes -Wno-undef -MMD -MP -c -o $@ $<

# --- tests ------------------------------------------------------------------

$(BUILD)/test-unit: $(unit_obj) $(filter-out $(BUILD)/obj/server/main.o,$(server_obj)) $(BUILD)/libmlp.a $(criterion_obj)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(criterion_lib) $(server_libs)

.PHONY: unit
unit: $(BUILD)/test-unit  ## unit tests
	$< $(UNIT_ARGS)

# The engine in double (-DMLP_FLOAT64), against the float64 references.
unit64_src ?= $(wildcard core/base/*.c core/math/*.c core/nn/*.c) \
              $(wildcard tests/unit/test_reference.c tests/unit/test_gradient.c \
                         tests/unit/reference_case.c)
unit64_obj := $(unit64_src:%.c=$(BUILD)/obj64/%.o)

$(BUILD)/obj64/%.o: %.c
	@mkdir -p $(@D)
	$(quiet)$(CC) $(CPPFLAGS) -DMLP_FLOAT64 -Icore $(criterion_cflags) $(CFLAGS) -Wno-pedantic -Wno-missing-prototypes -Wno-undef -MMD -MP -c -o $@ $<

$(BUILD)/test-unit64: $(unit64_obj) $(criterion_obj)
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(criterion_lib) -ljansson -lm

.PHONY: unit64
unit64: $(BUILD)/test-unit64  ## unit tests of the engine in double
	$< $(UNIT_ARGS)

.PHONY: check
check: all $(BUILD)/test-unit $(BUILD)/test-unit64  ## every test, installing nothing
	BUILD=$(BUILD) CC=$(CC) SANITIZER=$(SANITIZER) \
	    SLOW=$(SANITIZER)$(COVERAGE) tests/run.sh

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
             include/mlp/*.h tests/unit/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch])
scripts := $(wildcard .ci/run deploy/*.sh deploy/*/*.sh tests/*.sh tests/*/*.sh)

.PHONY: lint
lint:  ## layers, format, clang-tidy, shellcheck
	tests/lint/check_layers.sh
	tests/lint/check_sources.sh
	clang-format --dry-run -Werror $(sources)
	shellcheck -S warning -x -P SCRIPTDIR $(scripts)
	printf '%s\n' $(CORE_SRC) | xargs -P 2 -I{} clang-tidy --quiet {} -- \
	    $(CPPFLAGS) -Icore -std=c17 -D_GNU_SOURCE
	printf '%s\n' $(SERVER_SRC) | xargs -P 2 -I{} clang-tidy --quiet {} -- \
	    $(CPPFLAGS) -Iserver -std=c17 -D_GNU_SOURCE $(server_cflags)

.PHONY: cover
cover:  ## line coverage of core/ and server/, at least 85 %
	deploy/install-deps.sh build test cover
	$(MAKE) -j$$(nproc) COVERAGE=1 check
	gcovr --root . --filter 'core/' --filter 'server/' \
	    --gcov-ignore-parse-errors --fail-under-line 85 --print-summary \
	    --output build/coverage.txt build/coverage

# Each target alone with the engine, under libFuzzer and the sanitizers.
FUZZ_SECONDS ?= 30
fuzz_targets := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

build/fuzz/%: tests/fuzz/%.c $(CORE_SRC)
	@mkdir -p $(@D)
	clang -g -O1 -std=c17 -D_GNU_SOURCE -ffp-contract=off $(CPPFLAGS) -Icore \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    -o $@ $(filter %.c,$^) -lm

.PHONY: fuzz
fuzz: $(fuzz_targets)  ## feed the readers of files with nonsense, 30 s each (FUZZ_SECONDS)
	set -e; for target in $^; do mkdir -p $$target.corpus; \
	    $$target -max_total_time=$(FUZZ_SECONDS) -timeout=5 \
	        -rss_limit_mb=2048 -artifact_prefix=$$target- $$target.corpus; done

.PHONY: container
container:  ## build the image and run the curl tests against it
	tests/container/run.sh

.PHONY: bench
bench:  ## measure predictions beside a training
	deploy/install-deps.sh build demo bench
	$(MAKE) -j$$(nproc) $(BUILD)/mlpd
	MLPD=$(BUILD)/mlpd tests/bench/predict_while_training.sh

# --- install ------------------------------------------------------------------

.PHONY: install
install: all  ## install into $(PREFIX), honouring DESTDIR
	install -D -m 755 $(BUILD)/mlpd $(DESTDIR)$(PREFIX)/bin/mlpd
	install -D -m 644 $(BUILD)/libmlp.a $(DESTDIR)$(PREFIX)/lib/libmlp.a
	install -D -m 755 $(BUILD)/libmlp.so $(DESTDIR)$(PREFIX)/lib/libmlp.so.0
	ln -sf libmlp.so.0 $(DESTDIR)$(PREFIX)/lib/libmlp.so
	install -d $(DESTDIR)$(PREFIX)/include/mlp
	install -m 644 include/mlp/*.h $(DESTDIR)$(PREFIX)/include/mlp

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: clean
clean:  ## remove what was built
	rm -rf build

-include $(shell find $(BUILD)/obj $(BUILD)/obj64 -name '*.d' 2>/dev/null)
