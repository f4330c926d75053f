# The front door. Every target installs the packages it lacks (packages.txt), configures, builds and
# runs; CMake does the work, see CMakePresets.json.

PRESET ?= dev
PREFIX ?= /usr/local
JOBS ?= 2
# Suites of tests that run at a time: they wait for timers and peers as much as they compute.
TEST_JOBS ?= 3
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: help build test demo install install-test dist release bench guard asan lint format fuzz fresh docs \
	docs-serve docs-test clean

help: ## this list
	@echo 'make TARGET, where TARGET is'
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 16
	@echo
	@echo 'PRESET=$(PRESET) of CMakePresets.json for build and test; JOBS=$(JOBS) at a time;'
	@echo 'PREFIX=$(PREFIX) for install; FUZZ_SECONDS=$(FUZZ_SECONDS) per fuzz target'

# $(call built,PRESET,TARGET): configures and builds. Configuring is repeated where the cache has a
# version of CMake or of a package that is gone, and costs little otherwise.
built = cmake --preset $(1) --log-level=WARNING && cmake --build build/$(1) --parallel $(JOBS) --target $(2)

build: ## compile into build/PRESET
	@tools/setup build test
	@$(call built,$(PRESET),all)

test: ## all tests, on all five Luas
	@tools/setup build luas test
	@$(call built,$(PRESET),all)
	@tools/run-tests -j $(TEST_JOBS) build/$(PRESET)

demo: ## talk to real servers, and run thousands of tasks, on all five Luas
	@tools/setup build luas demo
	@$(call built,release,all)
	@examples/demo/run build/release

install: ## install below PREFIX
	@tools/setup build
	@$(call built,release,all)
	@cmake --install build/release --prefix '$(PREFIX)' --strip

install-test: ## install into temporary places, as files, rock and Debian packages, and use all that
	@tools/setup build luas test package
	@$(call built,release,all)
	@tests/install/run build/release

dist: ## an archive of the sources as they are committed, in build/dist
	@tools/dist

release: ## VERSION=1.2.3: checks, changelog, commit, tag, packages in build/dist; publishes nothing
	@tools/setup build luas test package
	@tools/release '$(VERSION)'

bench: ## compare with lua-socket, other libraries and plain C; WORKLOAD, ROUNDS and LUA choose
	@tools/setup build luas bench
	@$(call built,release,all moontide_bench)
	@WORKLOAD='$(WORKLOAD)' ROUNDS='$(ROUNDS)' LUA='$(LUA)' bench/run build/release

asan: ## all tests under AddressSanitizer and UBSan, on Lua 5.1 and 5.4
	@tools/setup build luas test
	@$(call built,asan,all)
	@tools/run-tests -j $(TEST_JOBS) build/asan

lint: ## formatting, clang warnings, clang-tidy, luacheck, tests/tidy
	@tools/setup build test lint
	@tools/lint -j $(JOBS)

format: ## let clang-format write the C++
	@tools/setup lint
	@tools/lint --format

guard: ## count the instructions of hot paths, and compare with bench/guard/record.txt
	@tools/setup build luas test
	@$(call built,release,all)
	@bench/guard/run build/release

fuzz: ## run each fuzz target for FUZZ_SECONDS
	@tools/setup build test fuzz
	@$(call built,fuzz,all)
	@tools/fuzz build/fuzz $(FUZZ_SECONDS)

fresh: ## demo and test in a new Debian 12 (root, debootstrap)
	@tools/setup fresh
	@tools/check-fresh

# The packages of npm are installed where package-lock.json is newer than what is there.
docs/node_modules/.package-lock.json: docs/package-lock.json
	@tools/setup docs
	@npm ci --prefix docs --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

docs: docs/node_modules/.package-lock.json ## build the manual into build/docs
	@tools/setup docs
	@npm run --silent --prefix docs build

docs-test: docs ## build the manual, check its links, and look at it in a browser
	@tools/setup docs-test
	@node tests/manual/site/run.mjs

docs-serve: docs/node_modules/.package-lock.json ## show the manual in a browser while it is written
	@npm run --silent --prefix docs serve

clean: ## remove build/
	rm -rf build
