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
# make bench     measures speed, see t/bench; BENCH_ROUNDS, BENCH_SECONDS
# make shots     screenshots of all pages and states into build/shots
# make pictures  those of the README, anew
# make web       only the web app, for a configure of one's own
# make install   copies the module to nginx's modules folder
# make deps      installs what is missing (apt-get, npm)
# make clean
#
# On a bare Debian each of them first fetches what it lacks.
#
# NGINX_SRC=DIR   builds for the nginx whose source DIR is, instead of Debian's
# NGINX_FLAGS     arguments of its configure
# NGINX=PROGRAM   that nginx, for "run" and the tests

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

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

sources := config src/exports.map $(wildcard src/*/*.[ch] src/*/*.lua src/*/*.json)
# schema.ts is made, and is not there at first
web_in  := $(sort html/src/api/schema.ts \
               $(filter-out html/node_modules/%,$(shell find html -type f \
               -not -path 'html/node_modules/*' -not -path 'html/pictures/*')))

cc_warn  := -std=gnu11 -Wall -Wextra -Werror -Wpointer-arith \
            -Wmissing-prototypes -Wshadow -Wswitch-enum -Wno-unused-parameter
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

# nginx of nginx.org is called as Debian's is, and its headers are elsewhere.
foreign = dpkg-query -W -f='$${Maintainer}' nginx 2> /dev/null | grep -qi 'nginx\.\(com\|org\)'

deps: deps-build deps-run deps-test $(build)/npm.stamp $(build)/node.stamp

deps-build: deps-web | $(build)
	@if [ -z "$(NGINX_SRC)" ] && $(foreign); then \
	    echo "nginx is here as nginx.org packages it: make NGINX_SRC=DIR," \
	         "with the sources of that version"; exit 1; \
	fi
	@$(call apt_install,$(apt_nginx) $(apt_build))

# Any node from 18 on builds the web app.
deps-web: | $(build)
	@need=ca-certificates; \
	for p in node:nodejs npm:npm; do \
	    command -v $${p%:*} > /dev/null || need="$$need $${p#*:}"; \
	done; \
	$(call apt_install,$$need)
	@node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' \
	    || { echo "$$(command -v node) is $$(node --version): 18 is needed"; \
	         exit 1; }

deps-run: | $(build)
	@$(call apt_install,$(apt_run))

deps-test: | $(build)
	@$(call apt_install,$(apt_test))

$(build)/npm.stamp: html/package.json html/package-lock.json \
                    | $(build) deps-web
	cd html && npm ci --no-audit --no-fund > $(build)/npm.log 2>&1 \
	    || { cat $(build)/npm.log; exit 1; }
	@touch $@

$(build):
	@mkdir -p $@


# --- web app and module -------------------------------------------------

web: $(build)/web/ngx_http_billing_assets.c

html/src/api/schema.ts: src/http/openapi.json html/tools/schema.mjs \
                        | deps-web
	node html/tools/schema.mjs
	@touch $@

$(build)/web/ngx_http_billing_assets.c: $(web_in) $(build)/npm.stamp
	@rm -rf $(build)/web
	cd html && node build.mjs $(build)/web

$(build)/nginx/objs/Makefile: config $(build)/web/ngx_http_billing_assets.c \
                         $(build)/sources t/lib/configure-nginx | deps-build
	BILLING_WEB=$(build)/web t/lib/configure-nginx $(build)/nginx \
	    --add-dynamic-module=$(top)

# configure again when a file comes or goes, or for another nginx
facts = $(nginx_src) $(NGINX_FLAGS) $(sort $(sources))

$(build)/sources: FORCE | $(build) deps-build
	@echo $(facts) | cmp -s - $@ || echo $(facts) > $@

.PHONY: FORCE
FORCE:

$(build)/$(module): $(sources) $(build)/nginx/objs/Makefile
	$(MAKE) -s -j 2 -C $(build)/nginx -f objs/Makefile modules
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

$(build)/libbilling.a: $(pure_src) $(wildcard src/core/*.h src/providers/*.h)
	@mkdir -p $(build)/pure
	@for f in $(pure_src); do \
	    echo "$$f"; \
	done | xargs -P 2 -I{} sh -c 'gcc $(cc_warn) -g -O1 -Isrc \
	    -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -c {} -o $(build)/pure/$$(basename {} .c).o'
	@rm -f $@ && ar rcs $@ $(build)/pure/*.o

$(build)/unit/%: t/unit/%.c $(build)/libbilling.a
	@mkdir -p $(@D)
	@gcc $(cc_warn) -Wno-missing-prototypes -g -O1 -Isrc \
	    -fsanitize=address,undefined \
	    -fno-sanitize-recover=all $< -o $@ $(build)/libbilling.a \
	    -lcmocka $(pure_lib)

test-unit: deps-build deps-test $(unit_bin)
	@CMOCKA_MESSAGE_OUTPUT=TAP prove -e t/lib/run-test $(unit_bin)

$(build)/event.stamp: $(wildcard t/event/*/*.c t/event/*/config src/event/*) \
                      $(wildcard src/core/*.[ch]) t/event/build.sh \
                      t/lib/configure-nginx $(build)/sources
	@bash t/event/build.sh $(build)/event > $(build)/event.log 2>&1 \
	    || { tail -n 30 $(build)/event.log; exit 1; }
	@touch $@

# Tests run with this Debian's own node and programs, whatever the PATH has first.
suite = PATH=$(build)/node/bin:/usr/bin:$(PATH) BILLING_BUILD=$(build) \
            BILLING_FAILED=$(build)/failed

$(build)/node.stamp: t/debian/node.sh | $(build) deps-web
	@bash t/debian/node.sh $(build)/node
	@touch $@

# Debian's other modules are unpacked, not installed: that switches them on.

.PHONY: beside
beside: | deps-build
	@bash t/beside/fetch.sh $(build)/beside > $(build)/beside.log 2>&1 \
	    || { tail -n 30 $(build)/beside.log; exit 1; }

test: deps $(build)/$(module) $(build)/event.stamp $(unit_bin) $(fuzz_bin) \
      $(if $(NGINX_SRC),,beside)
	@: > $(build)/failed
	@$(suite) CMOCKA_MESSAGE_OUTPUT=TAP \
	    prove -j 3 --timer -e t/lib/run-test $(unit_bin) $(mixed) \
	    || { cat $(build)/failed; exit 1; }

# Nothing that these wait for may depend on how fast the machine is.

busy = $(filter t/api/% t/event/% t/faults/%,$(mixed))

.PHONY: test-busy
test-busy: deps $(build)/$(module) $(build)/event.stamp
	@: > $(build)/failed
	@$(suite) \
	    t/lib/beside-load 4 prove -j 3 --timer -e t/lib/run-test $(busy) \
	    || { cat $(build)/failed; exit 1; }

# The bridges' tests load modules; the others have the product linked in.
# What nginx itself keeps until its end is not a leak of ours.

asan_env := ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0:abort_on_error=1 \
            UBSAN_OPTIONS=print_stacktrace=1

test-asan: deps $(build)/web/ngx_http_billing_assets.c $(build)/$(module)
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

$(build)/valgrind/%: t/unit/%.c $(build)/bench/libbilling.a
	@mkdir -p $(@D)
	@gcc $(cc_warn) -Wno-missing-prototypes -g -O0 -Isrc $< -o $@ \
	    $(build)/bench/libbilling.a -lcmocka $(pure_lib)

# clang-tidy's model of memory does not know nginx's queues: an element taken
# out and freed is taken for still being in.

ngx_inc := $(addprefix -I$(build)/nginx/,src/core src/event \
               src/event/modules src/event/quic src/os/unix src/http \
               src/http/modules src/http/v2 src/http/v3 objs)
tidy     = xargs -P 2 -n 1 -I{} clang-tidy --quiet $(1) {} -- -std=gnu11 \
               -Isrc $(ngx_inc) 2> /dev/null

lint: deps-test $(build)/$(module)
	@echo "against nginx $$(sed -n 's/.*define NGINX_VERSION *//p' \
	    $(build)/nginx/src/core/nginx.h) of $(nginx_src)"
	ls src/{event,store,fetch,cost,http}/*.c | xargs -P 2 -I{} gcc $(cc_warn) \
	    -fsyntax-only -Wno-missing-prototypes -Isrc $(ngx_inc) {}
	clang-format --dry-run -Werror $(wildcard src/*/*.[ch] t/*/*.c t/*/*/*.c)
	cppcheck -q -j 2 --std=c11 --error-exitcode=1 --inline-suppr \
	    --enable=warning,performance,portability \
	    --suppress=missingInclude -I src src/core src/providers
	ls $(pure_src) | $(call tidy,)
	ls $(wildcard src/event/*.c src/store/*.c src/fetch/*.c src/cost/*.c src/http/*.c) \
	    | $(call tidy,--checks=-clang-analyzer-unix.Malloc$(comma)-clang-analyzer-core.NullDereference)


# --- speed --------------------------------------------------------------

# lua-nginx-redis is one file, but its package brings all of nginx's modules.

# stall.c is to be preloaded: how long the turns of nginx's loop are.

bench_bin := $(patsubst t/bench/%.c,$(build)/bench/%, \
                 $(filter-out t/bench/stall.c,$(wildcard t/bench/*.c))) \
             $(build)/bench/stall.so

bench: deps $(build)/$(module) $(build)/bench/packages.stamp $(bench_bin)
	@BILLING_BUILD=$(build) node t/bench/run.mjs

$(build)/bench/packages.stamp: t/bench/package.json t/bench/package-lock.json \
                               | deps-build
	@mkdir -p $(@D)
	@$(call apt_install,$(apt_bench))
	@rm -rf $(@D)/lua $(@D)/*.deb
	cd $(@D) && apt-get -q download lua-nginx-redis > lua.log 2>&1 \
	    && dpkg -x lua-nginx-redis_*.deb lua \
	    && dpkg-deb -f lua-nginx-redis_*.deb Version > lua.version \
	    || { cat lua.log; exit 1; }
	cp t/bench/package.json t/bench/package-lock.json $(@D)
	cd $(@D) && npm ci --no-audit --no-fund > npm.log 2>&1 \
	    || { cat npm.log; exit 1; }
	@touch $@

# Programs that measure are compiled as the module is, not sanitized.

$(build)/bench/libbilling.a: $(pure_src) \
                             $(wildcard src/core/*.h src/providers/*.h)
	@mkdir -p $(@D)/pure
	@printf '%s\n' $(pure_src) | xargs -P 2 -I{} sh -c 'gcc $(cc_warn) \
	    -g -O2 -Isrc -c {} -o $(@D)/pure/$$(basename {} .c).o'
	@rm -f $@ && ar rcs $@ $(@D)/pure/*.o

$(build)/bench/stall.so: t/bench/stall.c
	@mkdir -p $(@D)
	@gcc $(cc_warn) -D_GNU_SOURCE -g -O2 -fPIC -shared $< -o $@

# By a relative name, too: make build/bench/forecast

ifeq ($(build),$(top)/build)
build/bench/%: $(build)/bench/%
	@:
endif

$(build)/bench/%: t/bench/%.c $(build)/bench/libbilling.a
	@gcc $(cc_warn) -Wno-missing-prototypes -g -O2 -Isrc $< -o $@ \
	    $(build)/bench/libbilling.a $(pure_lib)


# --- fuzzing ------------------------------------------------------------

# One program for each t/fuzz/*.c, see t/fuzz/README.md.

fuzz_cc  := clang -std=gnu11 -Wall -Wextra -Werror -Wshadow \
            -Wno-unused-parameter -D_GNU_SOURCE -g -O1 \
            -fno-omit-frame-pointer -Isrc -It/fuzz
fuzz_san := address,undefined -fno-sanitize-recover=all

$(build)/fuzz/libbilling.a: $(pure_src) \
                            $(wildcard src/core/*.h src/providers/*.h)
	@mkdir -p $(@D)/pure
	@printf '%s\n' $(pure_src) | xargs -P 2 -I{} sh -c '$(fuzz_cc) \
	    -fsanitize=fuzzer-no-link,$(fuzz_san) \
	    -c {} -o $(@D)/pure/$$(basename {} .c).o'
	@rm -f $@ && ar rcs $@ $(@D)/pure/*.o

# Those called nginx_* have the parts of nginx in them that they need, with
# sanitizers; where its source cannot be had, they are left out.

fuzz_ngx := $(addprefix $(build)/nginx/,src/core src/event src/event/quic \
                src/os/unix objs)
fuzz_ngx := $(addprefix -I,$(fuzz_ngx)) -DNGX_DEBUG_PALLOC=1

$(build)/fuzz/libnginx.a: t/fuzz/nginx.sh $(wildcard src/store/*.[ch]) \
                          $(wildcard src/event/*.[ch]) \
                          $(build)/nginx/objs/Makefile
	@bash t/fuzz/nginx.sh $(build) $(fuzz_cc) -Wno-shadow $(fuzz_ngx) \
	    -fsanitize=fuzzer-no-link,$(fuzz_san) \
	    -fno-sanitize=nonnull-attribute,pointer-overflow,alignment,shift

$(build)/fuzz/nginx_%: t/fuzz/nginx_%.c $(build)/fuzz/libnginx.a \
                       $(build)/fuzz/libbilling.a $(wildcard t/fuzz/*.h)
	@if [ -n "$$(ar t $(build)/fuzz/libnginx.a)" ]; then \
	    $(fuzz_cc) $(fuzz_ngx) -fsanitize=fuzzer,$(fuzz_san) $< -o $@ \
	        -Wl,--wrap=getaddrinfo $(build)/fuzz/libnginx.a \
	        $(build)/fuzz/libbilling.a $(pure_lib) -lcurl \
	        -no-pie -Wl,--unresolved-symbols=ignore-in-object-files; \
	fi

# An input a file, as libFuzzer reads them.

$(build)/fuzz/corpus/%: t/fuzz/corpus/%.txt t/fuzz/corpus.mjs | deps-web
	@node t/fuzz/corpus.mjs unpack $< $@
	@touch $@

$(build)/fuzz/%: t/fuzz/%.c $(build)/fuzz/libbilling.a $(wildcard t/fuzz/*.h)
	@$(fuzz_cc) -fsanitize=fuzzer,$(fuzz_san) $< -o $@ \
	    $(if $(findstring /page_,$@),-Wl$(comma)--wrap=billing_jwt_sign) \
	    $(build)/fuzz/libbilling.a $(pure_lib)

.PHONY: fuzz fuzz-merge fuzz-http

# SEED and REQUESTS may be set
fuzz-http: deps $(build)/$(module)
	@BILLING_BUILD=$(build) node t/fuzz/http/fuzz.mjs $(or $(REQUESTS),10000) $(SEED)

fuzz: deps-build deps-test $(fuzz_bin)
	@BILLING_BUILD=$(build) node t/fuzz/run.mjs

fuzz-merge: deps-build deps-test $(fuzz_bin)
	@BILLING_BUILD=$(build) node t/fuzz/run.mjs merge


# --- to look at ---------------------------------------------------------

shots: deps $(build)/$(module)
	@BILLING_BUILD=$(build) node t/browser/shots.mjs --out $(build)/shots

pictures: deps $(build)/$(module)
	@$(call apt_install,$(apt_shots))
	@BILLING_BUILD=$(build) node t/browser/shots.mjs --pictures $(build)/pictures
	@mkdir -p html/pictures
	@for p in $(build)/pictures/*.png; do \
	    pngquant --force --speed 1 --strip 128 --output html/pictures/$${p##*/} $$p; \
	done
	@ls -l html/pictures


clean:
	rm -rf $(build) html/node_modules
