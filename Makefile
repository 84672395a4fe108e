# make run     builds Spatial Maker and opens its window
# make test    runs every test
# make help    lists the rest
#
# Every target first brings what it needs (packaging/setup.sh); once that is
# done it costs a few milliseconds. The version stands in FyneApp.toml alone.

SHELL := /bin/sh
.DEFAULT_GOAL := build

GO ?= go
SETUP := packaging/setup.sh
BIN := build/spatialmaker
OS := $(shell uname -s)

# x11: GLFW without Wayland, which needs newer headers than Debian 12 has.
# nodynamic: the image decoders inside the binary, never a system library.
# coreml: the Swift bridge. ci: Fyne's software driver, which needs no display
# or OpenGL and is what tests draw with.
ifeq ($(OS),Darwin)
TAGS := nodynamic,coreml
RUNTIME_LIB := libonnxruntime.dylib
export MACOSX_DEPLOYMENT_TARGET := 14.0
else
TAGS := x11,nodynamic
RUNTIME_LIB := libonnxruntime.so.1
endif
TEST_TAGS := ci,nodynamic

# The go command skips folders called testdata in ./..., so the scene that
# tests and the demo draw is named.
PACKAGES := ./... ./testdata/scene/...

# Those whose tests take longest come first, so that none is left alone at the end.
SLOW := ./processor/media ./processor ./ui/view ./processor/verify
TESTED = $(if $(filter ./...,$(PACKAGES)),$(SLOW)) $(PACKAGES)

# Tests find the runtime and the shared media wherever they run.
export SPATIALMAKER_MEDIA ?= $(abspath ../shared/media)
export SPATIALMAKER_MODELS ?= $(abspath ../shared/models)
TEST_ENV = SPATIALMAKER_RUNTIME="$(CURDIR)/build/runtime/$(RUNTIME_LIB)"

FUZZTIME ?= 10s
BENCHTIME ?= 1s
BENCH ?= .

.PHONY: help build run demo test race standin test-bridge bench eval lint fuzz check-darwin check-swift package package-check root-check screenshots mac-claims mac-check clean

help:
	@sed -n 's/^# make /make /p' Makefile
	@echo 'make demo    converts a sample picture without a window'
	@echo 'make build bench eval race standin lint fuzz check-darwin check-swift package mac-check clean'

# --- the program ------------------------------------------------------------

build: setup-build $(if $(filter Darwin,$(OS)),$(BRIDGE))
	$(GO) build -tags $(TAGS) -ldflags '-s -w' -o $(BIN) .

# The Mac's bridge: coreml/link_darwin.go links this library. Swift's own
# folders are found by xcrun, which cgo cannot call.
BRIDGE := coreml/bridge/libspatialbridge.a
ifeq ($(OS),Darwin)
SWIFT_LIBS = -L$(shell xcrun --show-sdk-path)/usr/lib/swift -L$(shell dirname "$$(xcrun -f swiftc)")/../lib/swift/macosx
export CGO_LDFLAGS = $(SWIFT_LIBS)
endif
SWIFT_FLAGS = -swift-version 5 -parse-as-library -module-name SpatialBridge \
	-import-objc-header coreml/bridge.h -Xcc -DSM_TYPES_ONLY \
	-target $(shell uname -m)-apple-macosx$(MACOSX_DEPLOYMENT_TARGET)

# Go does not notice a changed library, but it does a changed header.
$(BRIDGE): $(wildcard coreml/bridge/*.swift) coreml/bridge.h
	xcrun swiftc -O -whole-module-optimization -emit-library -static $(SWIFT_FLAGS) -o $@ coreml/bridge/*.swift
	echo "/* $$(cksum <$@) */" >coreml/bridge_stamp.h

run: build
	$(BIN)

SAMPLE := build/demo/sample.jpg

demo: build $(SAMPLE)
	$(BIN) convert $(SAMPLE) -f sbs,anaglyph,depth -o build/demo --overwrite
	@echo && echo 'in build/demo:' && ls -1 build/demo

$(SAMPLE): $(wildcard testdata/scene/*.go testdata/scene/cmd/drawscene/*.go)
	$(GO) run ./testdata/scene/cmd/drawscene -o $@

# --- tests ------------------------------------------------------------------

test: setup-test
	$(TEST_ENV) $(GO) test -tags $(TEST_TAGS) -timeout 20m $(TESTED)

# The window's golden pictures are compared by make test; here only races count.
race: setup-test
	$(TEST_ENV) $(GO) test -race -skip TestWindowLooks -tags $(TEST_TAGS) -timeout 30m $(TESTED)

# The Go side of the Core ML bridge against its stand-in in C, under the race
# detector and the address sanitizer.
STANDIN_PACKAGES := ./coreml/... ./processor/depth/apple/...
STANDIN_ENGINE := -run 'CoreML|Spatial' ./processor

standin: setup-test
	$(TEST_ENV) $(GO) test -race -tags $(TEST_TAGS),coremlstub -timeout 20m $(STANDIN_PACKAGES)
	$(TEST_ENV) $(GO) test -asan -tags $(TEST_TAGS),coremlstub -timeout 20m $(STANDIN_PACKAGES)
	$(TEST_ENV) $(GO) test -race -tags $(TEST_TAGS),coremlstub -timeout 20m $(STANDIN_ENGINE)
	$(TEST_ENV) $(GO) test -asan -tags $(TEST_TAGS),coremlstub -timeout 20m $(STANDIN_ENGINE)

# The same tests with the program's own tags, so that on a Mac they link the
# Swift bridge.
test-bridge: setup-test $(if $(filter Darwin,$(OS)),$(BRIDGE))
	$(TEST_ENV) $(GO) test -tags $(TEST_TAGS),$(TAGS) -timeout 20m ./coreml/... ./processor/...

bench: build
	$(TEST_ENV) $(GO) test -tags $(TEST_TAGS) -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -timeout 60m $(PACKAGES)
	$(BIN) bench

# The rendered eyes beside true ones and beside other programs; needs the shared
# folder and, on a Mac, NumPy, OpenCV and Numba for its python3.
EVAL ?= ../shared/eval
PYTHON3 ?= $(firstword $(wildcard /usr/bin/python3) python3)

eval: setup-eval build
	PYTHONDONTWRITEBYTECODE=1 NUMBA_CACHE_DIR=$(CURDIR)/build/numba $(PYTHON3) $(EVAL)/stereo_eval.py --bin $(BIN) --json build/eval.json

fuzz: setup-test
	@$(TEST_ENV) GO="$(GO)" TAGS=$(TEST_TAGS) packaging/fuzz.sh $(FUZZTIME) $(PACKAGES)

lint: setup-lint
	build/tools/golangci-lint run --allow-parallel-runners --build-tags $(TEST_TAGS) $(PACKAGES)

# Type-checks the Mac's own files from Linux: Go with cgo, the bridge's header,
# and of the Swift the syntax (a test compares its entry points).
DARWIN_PACKAGES := ./coreml/... ./processor/...
ifneq ($(OS),Darwin)
DARWIN_ENV = CGO_ENABLED=1 GOOS=darwin GOARCH=arm64 CC="$(CURDIR)/build/zig/zig cc -target aarch64-macos" \
	ZIG_GLOBAL_CACHE_DIR="$(CURDIR)/build/zig-cache" ZIG_LOCAL_CACHE_DIR="$(CURDIR)/build/zig-cache"
DARWIN_CLANG = build/zig/zig clang -ffreestanding -nostdlibinc -isystem build/zig/lib/include
CHECK_SWIFT = node packaging/swiftparse/parse.mjs build/swiftparse
else
DARWIN_CLANG = xcrun clang
CHECK_SWIFT = xcrun swiftc -typecheck $(SWIFT_FLAGS)
endif

check-darwin: setup-darwin
	$(DARWIN_ENV) $(GO) vet -tags nodynamic $(DARWIN_PACKAGES)
	$(DARWIN_ENV) $(GO) vet -tags nodynamic,coreml $(DARWIN_PACKAGES)
	$(DARWIN_CLANG) -target arm64-apple-macos14 -std=c11 -Wall -Wextra -Werror -pedantic -fsyntax-only -x c coreml/bridge.h
	$(CHECK_SWIFT) coreml/bridge/*.swift

# The Swift through Debian's compiler, against our own declarations of what it
# uses of Apple's; brings half a gigabyte the first time. On a Mac check-darwin
# has done it with the true ones.
check-swift:
	$(if $(filter Darwin,$(OS)),$(CHECK_SWIFT),packaging/swiftcheck/check.sh) coreml/bridge/*.swift

# --- packages ---------------------------------------------------------------

# On Debian a .deb, on a Mac an .app and a .dmg (see packaging/mac/package.sh for
# SIGN_IDENTITY, NOTARY_PROFILE and FFMPEG).
package: setup-package build
	$(if $(filter Darwin,$(OS)),packaging/mac/package.sh,packaging/deb.sh) $(TAGS)

# The package in a root with nothing but Debian in it: installed, run, purged.
package-check: package $(SAMPLE)
	packaging/deb-check.sh

# The commands of README.md in such a root: set-up, demo, window, some tests.
root-check: setup-test
	packaging/root-check.sh

# The pictures of README.md.
screenshots: setup-test build
	packaging/screenshots.sh

# Of the Core ML packages below MODELS: what they say, where they run, how fast.
MODELS ?= .
mac-claims: $(if $(filter Darwin,$(OS)),$(BRIDGE))
	$(GO) run -tags $(TAGS) ./packaging/mac-check "$(MODELS)"

# Runs on a Mac what was never run on one, and writes build/mac-check.txt.
mac-check:
	packaging/mac/check.sh

# --- set-up and clearing away -----------------------------------------------

.PHONY: setup-build setup-test setup-eval setup-lint setup-darwin setup-package
setup-build setup-test setup-eval setup-lint setup-darwin setup-package:
	@$(SETUP) $(subst setup-,,$@)

clean:
	rm -rf build
