#!/bin/sh
# Compiles the Swift of the bridge where there is no Mac: Debian's own Swift
# compiler, and for Apple's frameworks the declarations in this folder, which say
# in our words what the documentation says of the names that are used. What it
# finds: types, labels, optionals, throws, initialisation, and names that are not
# declared. What it cannot: a declaration that is wrong itself, and availability.
#
#   packaging/swiftcheck/check.sh FILE.swift...
#
# The compiler (Swift 6.0.3 of Debian 13) is brought once into build/swift, about
# half a gigabyte, through apt and its keyring; nothing is installed.
set -eu
cd "$(dirname "$0")/../.."
swift=build/swift
suite=trixie
version=6.0.3-2

die() { echo "check-swift: $*" >&2; exit 1; }

bring() {
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || die 'bringing a Swift compiler needs Debian on x86-64'
	apt=$(pwd)/build/swift.apt
	rm -rf "$apt" "$swift"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/debs" "$swift"
	: >"$apt/status"
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Component: main' | grep '/debian/\{0,1\}$' | head -n 1)
	[ -n "$mirror" ] || die 'no mirror of Debian among the sources of apt'
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
	cat >"$apt/apt.conf" <<C
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
C
	export APT_CONFIG="$apt/apt.conf"
	echo 'check-swift: bringing a Swift compiler (half a gigabyte, once)' >&2
	apt-get -qq update
	(cd "$apt/debs" && apt-get -qq download "swiftlang=$version" "libswiftlang=$version" libc6 libgcc-s1 libstdc++6 libuuid1 zlib1g libzstd1 libtinfo6)
	for deb in "$apt"/debs/*.deb; do
		# Of the compiler only what compiles: no debugger, no language server.
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$swift" --wildcards --no-anchored \
			--exclude='*lldb*' --exclude='*sourcekit*' --exclude='*swift_static*' --exclude='*/doc/*' --exclude='*libLTO*' \
			--exclude='bin/clang*' --exclude='bin/lld*' --exclude='bin/llvm*' --exclude='bin/docc' --exclude='bin/swift-package' \
			--exclude='*/embedded' --exclude='*InternalSwiftScan*' --exclude='*ABIBaseline*' --exclude='*FoundationICU*' --exclude='*/locale/*'
	done
	rm -rf "$apt"
	echo "$version" >"$swift/.version"
}

[ "$(cat "$swift/.version" 2>/dev/null)" = "$version" ] || bring
lib=$swift/usr/libexec/swift/lib/swift
libraries=$swift/usr/lib/x86_64-linux-gnu:$lib/linux:$lib/host
compile() {
	"$swift/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$libraries" "$swift/usr/libexec/swift/bin/swift-frontend" \
		-frontend -target x86_64-pc-linux-gnu -resource-dir "$lib" -swift-version 5 -disable-objc-interop -parse-as-library "$@"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for module in Foundation CoreVideo CoreML Accelerate CoreMedia VideoToolbox AVFoundation CoreGraphics ImageIO; do
	compile -emit-module -suppress-warnings -module-name $module -I "$work" -o "$work/$module.swiftmodule" packaging/swiftcheck/$module.swift
done
# Whole, to an object: initialisation is checked after the types are.
compile -c -warnings-as-errors -module-name SpatialBridge -I "$work" -import-objc-header coreml/bridge.h \
	-Xcc -DSM_TYPES_ONLY -Xcc -ffreestanding -o "$work/bridge.o" "$@"
want=$(grep -c '^[a-z].*[ *]sm_[a-z_]*(' coreml/bridge.h)
have=$(nm "$work/bridge.o" | grep -c ' T sm_')
[ "$want" = "$have" ] || die "the object has $have entry points, bridge.h $want"
echo "check-swift: compiled, $have entry points"
