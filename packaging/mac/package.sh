#!/bin/sh
# Makes "build/Spatial Maker.app" and build/SpatialMaker-VERSION.dmg on a Mac,
# from build/spatialmaker.
#   packaging/mac/package.sh TAGS
#
#   SIGN_IDENTITY   "Developer ID Application: ..."; without it the app is signed
#                   ad hoc, which runs on this Mac, elsewhere after a right click
#   NOTARY_PROFILE  a profile of `xcrun notarytool store-credentials`; with it the
#                   disk image is notarised and stapled
#   FFMPEG          a folder with static ffmpeg and ffprobe to put inside; without
#                   it Homebrew's are found when the program runs
set -eu
cd "$(dirname "$0")/../.."
[ "$(uname -s)" = Darwin ] || { echo 'package: this script needs a Mac' >&2; exit 1; }
tags=$1
manifest() { go run ./packaging/manifest "$@"; }
version=$(manifest version)
name='Spatial Maker'
app="build/$name.app"
stage=build/mac.new
new="$stage/$name.app" # codesign knows a bundle by its ending too
identity=${SIGN_IDENTITY:--}

rm -rf "$stage"
contents="$new/Contents"
mkdir -p "$contents/MacOS" "$contents/Frameworks" "$contents/Resources"
manifest plist >"$contents/Info.plist"
plutil -lint -s "$contents/Info.plist"
printf 'APPL????' >"$contents/PkgInfo"
cp build/spatialmaker "$contents/MacOS/spatialmaker"

# The runtime is loaded by path from Frameworks, never through the linker; its
# install name says where it lies all the same.
cp build/runtime/libonnxruntime.dylib "$contents/Frameworks/"
chmod 755 "$contents/Frameworks/libonnxruntime.dylib"
install_name_tool -id @rpath/libonnxruntime.dylib "$contents/Frameworks/libonnxruntime.dylib" 2>/dev/null
cp build/runtime/fastdepth.onnx "$contents/Resources/"
packaging/licences.sh "$tags" "$contents/Resources/licences"

iconset=build/icon.iconset
rm -rf "$iconset"
mkdir -p "$iconset"
for size in 16 32 128 256 512; do
	go run ./packaging/scaleicon assets/icon.png $size "$iconset/icon_${size}x$size.png"
	go run ./packaging/scaleicon assets/icon.png $((size * 2)) "$iconset/icon_${size}x$size@2x.png"
done
iconutil -c icns -o "$contents/Resources/icon.icns" "$iconset"
rm -rf "$iconset"

if [ -n "${FFMPEG:-}" ]; then
	for tool in ffmpeg ffprobe; do
		[ -x "$FFMPEG/$tool" ] || { echo "package: no $tool in $FFMPEG" >&2; exit 1; }
		# A copy that needs Homebrew's libraries would fail on every other Mac.
		if otool -L "$FFMPEG/$tool" | tail -n +2 | grep -vE '^[[:space:]]+(/usr/lib/|/System/)' >&2; then
			echo "package: $FFMPEG/$tool needs the libraries above; give a static build" >&2
			exit 1
		fi
		cp "$FFMPEG/$tool" "$contents/MacOS/$tool"
	done
	"$FFMPEG/ffmpeg" -hide_banner -L >"$contents/Resources/licences/ffmpeg.txt" 2>&1
fi

# Inside out: a signature covers what is signed already. The hardened runtime is
# a demand of notarising; ad hoc it would only refuse the foreign library.
sign() {
	if [ "$identity" = - ]; then
		codesign --force --sign - "$@"
	else
		codesign --force --timestamp --options runtime --sign "$identity" "$@"
	fi
}
sign "$contents/Frameworks/libonnxruntime.dylib"
for tool in ffmpeg ffprobe; do
	[ ! -f "$contents/MacOS/$tool" ] || sign "$contents/MacOS/$tool"
done
sign --entitlements packaging/mac/entitlements.plist "$new"
codesign --verify --strict --deep "$new"
rm -rf "$app"
mv "$new" "$app"
rm -rf "$stage"
"$app/Contents/MacOS/spatialmaker" version

dmg=build/SpatialMaker-$version.dmg
disk=build/dmg
rm -rf "$disk" "$dmg"
mkdir -p "$disk"
cp -R "$app" "$disk/"
ln -s /Applications "$disk/Applications"
hdiutil create -quiet -volname "$name" -srcfolder "$disk" -fs HFS+ -format UDZO -ov "$dmg"
rm -rf "$disk"
if [ "$identity" != - ]; then
	codesign --force --timestamp --sign "$identity" "$dmg"
	if [ -n "${NOTARY_PROFILE:-}" ]; then
		xcrun notarytool submit "$dmg" --keychain-profile "$NOTARY_PROFILE" --wait
		xcrun stapler staple "$dmg"
		spctl --assess --type open --context context:primary-signature -v "$dmg"
	fi
fi
echo "$dmg"
