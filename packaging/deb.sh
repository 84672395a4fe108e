#!/bin/sh
# Makes build/spatialmaker_VERSION_ARCH.deb from build/spatialmaker.
#   packaging/deb.sh TAGS
set -eu
cd "$(dirname "$0")/.."
tags=$1
manifest() { go run ./packaging/manifest "$@"; }
version=$(manifest version)
arch=$(dpkg --print-architecture)
id=$(sed -n 's/^ID = "\(.*\)"$/\1/p' FyneApp.toml)
root=build/deb
rm -rf "$root"
mkdir -p "$root/DEBIAN" "$root/usr/lib/spatialmaker" "$root/usr/bin" "$root/usr/share/applications" \
	"$root/usr/share/metainfo" "$root/usr/share/doc/spatialmaker"

# The program looks for its runtime and its model beside itself.
cp build/spatialmaker build/runtime/libonnxruntime.so.1 build/runtime/fastdepth.onnx "$root/usr/lib/spatialmaker/"
ln -s ../lib/spatialmaker/spatialmaker "$root/usr/bin/spatialmaker"
manifest desktop >"$root/usr/share/applications/$id.desktop"
manifest metainfo >"$root/usr/share/metainfo/$id.metainfo.xml"
for size in 32 48 64 128 256 512; do
	icons=$root/usr/share/icons/hicolor/${size}x$size/apps
	mkdir -p "$icons"
	go run ./packaging/scaleicon assets/icon.png $size "$icons/$id.png"
done
mkdir -p "$root/usr/share/icons/hicolor/scalable/apps"
cp assets/icon.svg "$root/usr/share/icons/hicolor/scalable/apps/$id.svg"
packaging/licences.sh "$tags" "$root/usr/share/doc/spatialmaker/licences"
{
	echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
	echo 'Upstream-Name: Spatial Maker'
	echo
	echo 'Files: *'
	echo 'Copyright: The Spatial Maker developers'
	echo 'License: Expat'
	sed 's/^$/./; s/^/ /' LICENSE
	echo
	echo 'Comment: everything else inside, with its licence, stands in licences/THIRD_PARTY.md'
} >"$root/usr/share/doc/spatialmaker/copyright"
gzip -9n <CHANGELOG.md >"$root/usr/share/doc/spatialmaker/changelog.gz"

find "$root" -type d -exec chmod 755 {} +
find "$root" -type f -exec chmod 644 {} +
chmod 755 "$root/usr/lib/spatialmaker/spatialmaker"

# dpkg-shlibdeps reads which libraries are linked and names their packages; it
# insists on a source package's folder around it.
mkdir -p build/debsource/debian
printf 'Source: spatialmaker\n\nPackage: spatialmaker\nArchitecture: any\n' >build/debsource/debian/control
depends=$(cd build/debsource && dpkg-shlibdeps -O -e"../deb/usr/lib/spatialmaker/spatialmaker" \
	-e"../deb/usr/lib/spatialmaker/libonnxruntime.so.1" -xspatialmaker 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
rm -rf build/debsource
[ -n "$depends" ] || { echo 'deb: the linked libraries could not be found out' >&2; exit 1; }
# GLFW opens these when the window opens; they are linked by nothing.
for package in libgl1 libx11-6 libxcursor1 libxext6 libxi6 libxinerama1 libxrandr2; do
	case ", $depends," in *", $package "* | *", $package,"*) ;; *) depends="$depends, $package" ;; esac
done
manifest control "$arch" "$(du -sk "$root/usr" | cut -f1)" "$depends" >"$root/DEBIAN/control"

desktop-file-validate "$root/usr/share/applications/$id.desktop"
appstreamcli validate --no-net "$root/usr/share/metainfo/$id.metainfo.xml"
out=build/spatialmaker_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$out" >/dev/null
echo "$out"
