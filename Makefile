# make           the module: build/ngx_http_billing_module.so
# make run       builds it and starts it with a private Redis and the sandbox
# make test      all tests; installs what they need
# make test-debian DEBIAN=trixie, AS=root
#                the same on a fresh Debian of that release, in build/debian
# make test-busy those of t/api, t/event, t/faults beside 4 processes that spin
# make test-asan the same tests against an nginx with AddressSanitizer
# make soak      memory over 100,000 requests of all kinds and 200 reloads
# make valgrind  unit tests and some of the API's under valgrind
# make writes    writes from two nodes while Redis comes and goes; WRITES=300 (s)
# make kills     workers killed under load, an hour; KILLS=3600 (s)
# make nomem     all requests with each of their allocations failing
# make fuzz      fuzzes for FUZZ_SECONDS each target, see t/fuzz
# make fuzz-merge
#                writes t/fuzz/corpus with what that has found
# make bench     measures speed, see t/bench; BENCH_ROUNDS, BENCH_SECONDS
# make bench-results
#                the same, and writes t/bench/RESULTS.md and the README's lines
# make bench-compare BASE=COMMIT
#                this work tree against a commit, and what is worse
# make shots     screenshots of all pages and states into build/shots
# make pictures  those of the README, anew
# make web       only the web app, for a configure of one's own
# make install   copies the module to nginx's modules folder
# make deps      installs what is missing (apt-get, npm)
# make clean
#
# On a bare Debian each of them first fetches what it lacks.  Without -j it takes
# all cores.
#
# NGINX_SRC=DIR   builds for the nginx whose source DIR is, instead of Debian's
# NGINX_FLAGS     arguments of its configure
# NGINX=PROGRAM   that nginx, for "run" and the tests

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:

ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

comma     := ,
top       := $(CURDIR)
build     := $(top)/build
module    := ngx_http_billing_module.so
modules   ?= /usr/lib/nginx/modules
docs      ?= /usr/share/doc/ngx-http-billing-module
PORT      ?= 8080

# Where Debian puts nginx is not in everybody's PATH.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

# Absolute, since recipes change their folder.
NGINX_SRC ?=
NGINX     ?=
nginx_src := $(abspath $(or $(NGINX_SRC),/usr/share/nginx/src))

# What a bare source tree is configured with: what the packages of nginx.org
# and of distributions have, too.
NGINX_FLAGS ?= --with-compat --with-threads

export NGINX_FLAGS
export BILLING_NGINX_SRC := $(nginx_src)
ifneq ($(NGINX),)
export BILLING_NGINX := $(abspath $(NGINX))
endif

compiled := $(wildcard src/*/*.c)
sources  := config src/exports.map $(compiled) \
            $(wildcard src/*/*.h src/*/*.lua src/*/*.json)
# schema.ts is made, and is not there at first
web_in  := $(sort html/src/api/schema.ts \
               $(filter-out html/node_modules/%,$(shell find html -type f \
               -not -path 'html/node_modules/*' -not -path 'html/pictures/*')))

# Of programs of one file, which need no prototypes, too.
cc_warn  := -std=gnu11 -Wall -Wextra -Werror -Wpointer-arith -Wshadow \
            -Wswitch-enum -Wno-unused-parameter
pure_src := $(wildcard src/core/*.c src/providers/*.c)
pure_lib := -ljansson -lunistring -lpcre2-8 -licui18n -licuuc -ljwt -lcrypto -lm
unit_bin := $(patsubst t/unit/%.c,$(build)/unit/%,$(wildcard t/unit/test_*.c))
fuzz_bin := $(patsubst t/fuzz/%.c,$(build)/fuzz/%,$(wildcard t/fuzz/*.c)) \
            $(patsubst t/%.txt,$(build)/%,$(wildcard t/fuzz/corpus/*.txt))
tests     = $(wildcard t/lint/*.test.mjs t/unit/*.test.mjs html/test/*.test.mjs \
              t/sandbox/*.test.mjs t/event/*.test.mjs t/api/*.test.mjs \
              t/beside/*.test.mjs t/faults/*.test.mjs t/fuzz/*.test.mjs \
              t/browser/*.test.mjs t/bench/*.test.mjs)

# By name, whatever the folder: a test with a browser keeps a core busy, most
# others wait, and so they should stand mixed.

mixed     = $(shell printf '%s\n' $(tests) | sort -t / -k 3)

apt_nginx := $(if $(NGINX_SRC),,nginx nginx-dev)
apt_build := gcc make pkg-config libcurl4-openssl-dev libjansson-dev \
             libhiredis-dev libssl-dev libunistring-dev libpcre2-dev libicu-dev libjwt-dev zlib1g-dev \
             libbrotli-dev dpkg-dev ca-certificates
apt_run   := redis-server
apt_test  := libcmocka-dev perl openssl chromium poppler-utils fonts-noto-cjk \
             fonts-nanum fonts-dejavu-core fonts-liberation \
             clang libclang-rt-dev clang-format clang-tidy cppcheck dpkg-dev \
             lua5.1 wrk valgrind faketime libnginx-mod-stream git iproute2 curl

apt_shots := pngquant
apt_bench := libnginx-mod-http-lua python3-pandas


.PHONY: all web module run test test-asan test-unit writes kills soak nomem valgrind bench shots \
        pictures install deps deps-web deps-build deps-run deps-test test-debian clean lint

all: module

module: $(build)/$(module)


# --- what the machine lacks ---------------------------------------------

# $(call apt_install,packages): only those that are not there
apt_install = bash t/debian/install.sh $(build)/apt.log $(1)

# One after the other: apt-get has one lock.  nginx of nginx.org is called as
# Debian's is, and its headers are elsewhere.
foreign = dpkg-query -W -f='$${Maintainer}' nginx 2> /dev/null | grep -qi 'nginx\.\(com\|org\)'

deps: deps-build deps-run deps-test $(build)/npm.stamp $(build)/node.stamp

deps-build: | deps-web
	@if [ -z "$(NGINX_SRC)" ] && $(foreign); then \
	    echo "nginx is here as nginx.org packages it: make NGINX_SRC=DIR," \
	         "with the sources of that version"; exit 1; \
	fi
	@$(call apt_install,$(apt_nginx) $(apt_build))

# Any node from 18 on builds the web app.
deps-web: | $(build)
	@bash t/debian/npm.sh $(build)/apt.log

deps-run: | deps-build
	@$(call apt_install,$(apt_run))

deps-test: | deps-run
	@$(call apt_install,$(apt_test))

$(build)/npm.stamp: html/package.json html/package-lock.json \
                    | $(build) deps-web
	cd html && npm ci --no-audit --no-fund > $(build)/npm.log 2>&1 \
	    || { cat $(build)/npm.log; exit 1; }
	@touch $@

$(build):
	@mkdir -p $@


# --- web app and module -------------------------------------------------

web: $(build)/web/billing_assets.c

html/src/api/schema.ts: src/http/openapi.json html/tools/schema.mjs \
                        | deps-web
	node html/tools/schema.mjs
	@touch $@

$(build)/web/billing_assets.c: $(web_in) $(build)/npm.stamp
	@rm -rf $(build)/web
	cd html && node build.mjs $(build)/web

$(build)/nginx/objs/Makefile: config $(build)/sources t/lib/configure-nginx \
                              t/build/depfiles.sh \
                              | $(build)/web/billing_assets.c
	BILLING_WEB=$(build)/web t/lib/configure-nginx $(build)/nginx \
	    --add-dynamic-module=$(top)

# $(call note,words): a file of words, which is new when they are others
note = @echo '$(subst ','\'',$(strip $(1)))' | cmp -s - $@ \
           || echo '$(subst ','\'',$(strip $(1)))' > $@

# configure again when a file comes or goes, or for another nginx
nginx_version = $(shell sed -n 's/.*define NGINX_VERSION *//p' \
                    $(nginx_src)/src/core/nginx.h 2> /dev/null)

$(build)/sources: FORCE | deps-build
	$(call note,$(nginx_src) $(nginx_version) $(NGINX_FLAGS) $(compiled))

.PHONY: FORCE
FORCE:

$(build)/$(module): $(sources) $(build)/web/billing_assets.c \
                    $(build)/nginx/objs/Makefile
	$(MAKE) -s -C $(build)/nginx -f objs/Makefile modules
	@cp $(build)/nginx/objs/$(module) $@.new
	@mv $@.new $@   # a running nginx keeps the file that it has mapped
	@echo "built $@"

# Without what only a debugger reads.
install: $(build)/$(module)
	install -D -m 644 -s $(build)/$(module) $(DESTDIR)$(modules)/$(module)
	install -D -m 644 LICENSE $(DESTDIR)$(docs)/LICENSE
	install -D -m 644 $(build)/web/third-party.txt \
	    $(DESTDIR)$(docs)/THIRD-PARTY
	@echo "A running nginx keeps the module that it has loaded, also across a"
	@echo "reload: restart it, or upgrade it without a gap by SIGUSR2 (src/store/OPERATING.md)."


# --- run ----------------------------------------------------------------

run: $(build)/$(module) deps-run
	@exec node t/sandbox/run.mjs --port $(PORT) --build $(build) \
	    $(if $(FOCUS),--focus $(FOCUS))


# --- tests --------------------------------------------------------------

# core/ and providers/ are compiled once for each set of flags, to
# build/lib/SET; what tests and measures them is linked with that.  Flags begin
# with the compiler.

asan  := gcc $(cc_warn) -g -O1 -Isrc -fsanitize=address,undefined \
             -fno-sanitize-recover=all
plain := gcc $(cc_warn) -g -O2 -Isrc
fuzz  := clang -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wno-unused-parameter \
             -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -Isrc -It/fuzz \
             -fsanitize=fuzzer-no-link,address,undefined \
             -fno-sanitize-recover=all

# $(call for,FILE): flags that not all files have
for = $(if $(filter src/core/% src/providers/%,$(1)),-Wmissing-prototypes)

define library
$(build)/lib/$(1)/%.o: %.c $(build)/lib/$(1)/flags
	@mkdir -p $$(@D)
	@$$($(1)) $$(call for,$$<) -MMD -MP -c $$< -o $$@

$(build)/lib/$(1)/libbilling.a: $(pure_src:%.c=$(build)/lib/$(1)/%.o) \
                                $(build)/sources
	@rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)

$(build)/lib/$(1)/flags: FORCE | deps-test
	@mkdir -p $$(@D)
	$$(call note,$$($(1)))
endef

$(foreach set,asan plain fuzz,$(eval $(call library,$(set))))

-include $(wildcard $(build)/lib/*/*/*/*.d)

$(unit_bin): $(build)/unit/%: $(build)/lib/asan/t/unit/%.o \
                              $(build)/lib/asan/libbilling.a
	@mkdir -p $(@D)
	@$(asan) $^ -o $@ -lcmocka $(pure_lib)

test-unit: $(unit_bin)
	@CMOCKA_MESSAGE_OUTPUT=TAP prove -e t/lib/run-test $(unit_bin)

$(build)/event.stamp: $(wildcard t/event/*/*.[ch]) t/event/modules.mk \
                      $(build)/$(module)
	@$(MAKE) -s -C $(build)/nginx -f $(top)/t/event/modules.mk OUT=$(build)/event
	@touch $@

$(build)/node.stamp: t/debian/node.sh | deps-test
	@bash t/debian/node.sh $(build)/node
	@touch $@

# Debian's other modules are unpacked, not installed: that switches them on.

.PHONY: beside
beside: | deps-test $(build)/node.stamp
	@bash t/beside/fetch.sh $(build)/beside > $(build)/beside.log 2>&1 \
	    || { tail -n 30 $(build)/beside.log; exit 1; }

test: deps $(build)/$(module) $(build)/event.stamp $(unit_bin) $(fuzz_bin) \
      $(build)/bench/asan/aggregate $(if $(NGINX_SRC),,beside)
	@bash t/build/suite.sh $(build) $(unit_bin) $(mixed)

# Nothing that these wait for may depend on how fast the machine is.

busy = $(filter t/api/% t/event/% t/faults/%,$(mixed))

.PHONY: test-busy
test-busy: deps $(build)/$(module) $(build)/event.stamp
	@t/lib/beside-load 4 bash t/build/suite.sh $(build) $(busy)

# The bridges' tests load modules; the others have the product linked in.
# What nginx itself keeps until its end is not a leak of ours.

asan_env := ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0:abort_on_error=1 \
            UBSAN_OPTIONS=print_stacktrace=1

test-asan: deps $(build)/web/billing_assets.c $(build)/$(module)
	@bash t/asan/build.sh $(build) > $(build)/asan.log 2>&1 \
	    || { tail -n 30 $(build)/asan.log; exit 1; }
	@$(asan_env) BILLING_BUILD=$(build)/asan \
	    BILLING_NGINX=$(build)/asan/event/nginx \
	    prove --timer -e t/lib/run-test $(wildcard t/event/*.test.mjs)
	@$(asan_env) BILLING_BUILD=$(build) BILLING_STATIC=1 \
	    BILLING_NGINX=$(build)/asan/product/nginx \
	    prove --timer -e t/lib/run-test \
        $(wildcard t/api/*.test.mjs t/faults/*.test.mjs)

# On a fresh Debian of another release, or of this one; AS=anything else than
# root is an ordinary user with sudo.

DEBIAN ?= trixie
AS     ?= root

test-debian:
	@$(call apt_install,debootstrap)
	@DEBIAN_USER=$(AS) bash t/debian/run.sh $(DEBIAN)

# The long forms of tests that make test has, too.

WRITES  ?= 300
KILLS   ?= 3600
SOAK    ?= 100000
RELOADS ?= 200

writes: deps $(build)/$(module)
	@BILLING_BUILD=$(build) BILLING_WRITES=$(WRITES) \
	    node t/faults/writes.test.mjs

kills: deps $(build)/$(module)
	@BILLING_BUILD=$(build) BILLING_KILLS=$(KILLS) \
	    node t/faults/killed.test.mjs

soak: deps $(build)/$(module)
	@BILLING_BUILD=$(build) BILLING_SOAK=$(SOAK) BILLING_RELOADS=$(RELOADS) \
	    node t/faults/memory.test.mjs

nomem: deps $(build)/$(module)
	@BILLING_BUILD=$(build) BILLING_NOMEM=all node t/faults/nomem.test.mjs

# valgrind sees what the sanitizers do not: bytes that nobody has written.

valgrind     := valgrind -q --suppressions=$(top)/t/asan/valgrind.supp
valgrind_bin := $(patsubst t/unit/%.c,$(build)/valgrind/%,$(wildcard t/unit/test_*.c))
valgrind_api := $(addprefix t/api/,accounts.test.mjs check.test.mjs \
                   costs.test.mjs dashboard.test.mjs stream.test.mjs)

valgrind: deps $(build)/$(module) $(valgrind_bin)
	@CMOCKA_MESSAGE_OUTPUT=TAP prove -j 2 --timer -e "$(valgrind) \
	    --error-exitcode=99 --leak-check=full \
	    --errors-for-leak-kinds=definite,indirect" $(valgrind_bin)
	@BILLING_BUILD=$(build) BILLING_WRAP="$(valgrind)" \
	    prove --timer -e t/lib/run-test $(valgrind_api)

$(valgrind_bin): $(build)/valgrind/%: $(build)/lib/plain/t/unit/%.o \
                                      $(build)/lib/plain/libbilling.a
	@mkdir -p $(@D)
	@$(plain) $^ -o $@ -lcmocka $(pure_lib)

lint: deps-test $(build)/$(module)
	@bash t/lint/lint.sh $(build)


# --- speed --------------------------------------------------------------

# Programs that measure are compiled as the module is, not sanitized.  stall.c is
# to be preloaded: how long the turns of nginx's loop are.

bench_bin := $(patsubst t/bench/%.c,$(build)/bench/%, \
                 $(filter-out t/bench/stall.c,$(wildcard t/bench/*.c)))
bench_all := deps $(build)/$(module) $(build)/bench/packages.stamp $(bench_bin) \
                 $(build)/bench/stall.so

.PHONY: bench-results bench-compare
bench: $(bench_all)
	@BILLING_BUILD=$(build) node t/bench/run.mjs

bench-results: $(bench_all)
	@BILLING_BUILD=$(build) node t/bench/run.mjs --write

# This work tree against a commit.

BASE ?= HEAD

bench-compare: $(bench_all)
	@base=$$(bash t/bench/base.sh $(build) $(BASE)) \
	    && BILLING_BUILD=$(build) node t/bench/compare.mjs "$$base"

$(build)/bench/packages.stamp: t/bench/package.json t/bench/package-lock.json \
                               t/bench/packages.sh | $(build)/node.stamp
	@$(call apt_install,$(apt_bench))
	@bash t/bench/packages.sh $(@D)
	@touch $@

$(bench_bin): $(build)/bench/%: $(build)/lib/plain/t/bench/%.o \
                                $(build)/lib/plain/libbilling.a
	@mkdir -p $(@D)
	@$(plain) $^ -o $@ $(pure_lib)

# As the suite has one.

$(build)/bench/asan/%: $(build)/lib/asan/t/bench/%.o \
                       $(build)/lib/asan/libbilling.a
	@mkdir -p $(@D)
	@$(asan) $^ -o $@ $(pure_lib)

$(build)/bench/stall.so: t/bench/stall.c $(build)/lib/plain/flags
	@mkdir -p $(@D)
	@$(plain) -D_GNU_SOURCE -fPIC -shared $< -o $@

# By a relative name, too: make build/bench/forecast

ifeq ($(build),$(top)/build)
build/bench/%: $(build)/bench/%
	@:
endif


# --- fuzzing ------------------------------------------------------------

# One program for each t/fuzz/*.c, see t/fuzz/README.md.

# Those called nginx_* have the parts of nginx in them that they need, with
# sanitizers; where its source cannot be had, they are left out.

fuzz_link  := $(fuzz) -fsanitize=fuzzer
fuzz_plain := $(filter-out t/fuzz/nginx_%,$(wildcard t/fuzz/*.c))
fuzz_nginx := $(wildcard t/fuzz/nginx_*.c)
fuzz_store := src/store/seal.c \
              $(wildcard src/event/redis_url*.c)
nginx_cc   := $(addprefix -I$(build)/nginx/,src/core src/event src/event/quic \
                  src/os/unix objs) -DNGX_DEBUG_PALLOC=1 -Wno-shadow \
              -fno-sanitize=nonnull-attribute,pointer-overflow,alignment,shift

for += $(if $(filter $(fuzz_nginx) $(fuzz_store),$(1)),$(nginx_cc))

$(addprefix $(build)/lib/fuzz/,$(patsubst %.c,%.o,$(fuzz_nginx) $(fuzz_store))): \
    | $(build)/nginx/objs/Makefile

$(build)/fuzz/libnginx.a: t/fuzz/nginx.sh $(build)/lib/fuzz/flags \
                          $(build)/nginx/objs/Makefile
	@bash t/fuzz/nginx.sh $(build) $(fuzz) $(nginx_cc)

$(fuzz_nginx:t/%.c=$(build)/%): $(build)/fuzz/%: $(build)/lib/fuzz/t/fuzz/%.o \
                          $(fuzz_store:%.c=$(build)/lib/fuzz/%.o) \
                          $(build)/fuzz/libnginx.a $(build)/lib/fuzz/libbilling.a
	@if [ -n "$$(ar t $(build)/fuzz/libnginx.a)" ]; then \
	    $(fuzz_link) $^ -o $@ -Wl,--wrap=getaddrinfo $(pure_lib) -lcurl \
	        -no-pie -Wl,--unresolved-symbols=ignore-in-object-files; \
	fi

$(fuzz_plain:t/%.c=$(build)/%): $(build)/fuzz/%: $(build)/lib/fuzz/t/fuzz/%.o \
                          $(build)/lib/fuzz/libbilling.a
	@mkdir -p $(@D)
	@$(fuzz_link) $^ -o $@ $(pure_lib) \
	    $(if $(findstring /page_,$@),-Wl$(comma)--wrap=billing_jwt_sign)

# An input a file, as libFuzzer reads them.

$(build)/fuzz/corpus/%: t/fuzz/corpus/%.txt t/fuzz/corpus.mjs | deps-web
	@node t/fuzz/corpus.mjs unpack $< $@
	@touch $@

.PHONY: fuzz fuzz-merge fuzz-http

# SEED and REQUESTS may be set
fuzz-http: deps $(build)/$(module)
	@BILLING_BUILD=$(build) node t/fuzz/http/fuzz.mjs $(or $(REQUESTS),10000) $(SEED)

fuzz: $(fuzz_bin)
	@BILLING_BUILD=$(build) node t/fuzz/run.mjs

fuzz-merge: $(fuzz_bin)
	@BILLING_BUILD=$(build) node t/fuzz/run.mjs merge


# --- to look at ---------------------------------------------------------

shots: deps $(build)/$(module)
	@BILLING_BUILD=$(build) node t/browser/shots.mjs --out $(build)/shots

pictures: deps $(build)/$(module)
	@$(call apt_install,$(apt_shots))
	@bash t/browser/pictures.sh $(build)


clean:
	rm -rf $(build) html/node_modules
