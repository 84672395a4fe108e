#!/bin/sh
# Runs everything that was never run on a Mac and writes build/mac-check.txt, a
# report to send back. No step stops the next.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ "$(uname -s)" = Darwin ] || { echo 'mac-check: this script needs a Mac' >&2; exit 1; }
report=build/mac-check.txt
out=build/mac-check
rm -rf "$out"
mkdir -p "$out"
failed=0

# check NAME COMMAND... runs a step and notes how it ended; its output is kept whole.
check() {
	name=$1
	shift
	begun=$(date +%s)
	if "$@" >"$out/$name.log" 2>&1; then verdict=ok; else verdict=FAILED failed=$((failed + 1)); fi
	printf '%-8s %-28s %4d s\n' "$verdict" "$name" $(($(date +%s) - begun)) | tee -a "$report"
	if [ $verdict = FAILED ]; then tail -n 12 "$out/$name.log" | sed 's/^/         | /' | tee -a "$report"; fi
}
have_file() { [ -s "$1" ] && ls -l "$1"; }
bin="build/Spatial Maker.app/Contents/MacOS/spatialmaker"
sample=build/demo/sample.jpg

{
	echo "Spatial Maker on a Mac, $(date '+%Y-%m-%d %H:%M')"
	git log -1 --format='commit %h %s' 2>/dev/null
	sw_vers
	sysctl -n machdep.cpu.brand_string hw.ncpu hw.memsize
	xcrun swiftc --version 2>/dev/null | head -n 1
	go version
	ffmpeg -hide_banner -version 2>/dev/null | head -n 1
	echo
} >"$report"

check set-up packaging/setup.sh build
check build make build
check vet make check-darwin
check tests make test
check tests-bridge make test-bridge
check demo make demo
check package make package
check plist plutil -lint "build/Spatial Maker.app/Contents/Info.plist"
check signature codesign --verify --strict --deep --verbose=2 "build/Spatial Maker.app"
check runtime-in-app "$bin" version
check depth-onnx "$bin" convert "$sample" -f depth --backend onnx -o "$out/onnx" --overwrite
check photo-heic sips -s format heic "$sample" --out "$out/sample.heic"
check photo-heic-in "$bin" convert "$out/sample.heic" -f sbs -o "$out/heic" --overwrite

# Core ML: needs the network once.
check coreml-download "$bin" models download depth-anything-v2-small
models=$("$bin" models path 2>/dev/null)
check coreml-claims make mac-claims MODELS="${models:-$HOME/Library/Application Support/Spatial Maker}"
sed 's/^/         | /' "$out/coreml-claims.log" >>"$report"
check coreml-photo "$bin" convert "$sample" -f depth,sbs --backend coreml -v -o "$out/coreml" --overwrite
check coreml-bench "$bin" bench --only depth
check spatial-photo "$bin" convert "$sample" -f spatial -o "$out/spatial" --overwrite
check spatial-photo-verify "$bin" verify "$out/spatial/sample_spatial.heic"

# Video: four seconds made by ffmpeg itself.
check clip ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=1280x720:rate=30:duration=4 \
	-f lavfi -i sine=duration=4 -c:v h264_videotoolbox -b:v 8M -c:a aac "$out/clip.mp4"
check video-sbs "$bin" convert "$out/clip.mp4" -f sbs -o "$out/video" --overwrite
check video-hevc "$bin" convert "$out/clip.mp4" -f half-sbs --codec hevc -o "$out/video" --overwrite
check video-prores "$bin" convert "$out/clip.mp4" -f tb --codec prores -o "$out/video" --overwrite
check spatial-video "$bin" convert "$out/clip.mp4" -f spatial -o "$out/spatial" --overwrite
check spatial-video-verify "$bin" verify "$out/spatial/clip_spatial.mov"
check disk-image have_file "build/SpatialMaker-$(go run ./packaging/manifest version).dmg"

{
	echo
	echo "$failed steps failed."
	echo
	echo 'By eye, please:'
	echo '  1. open "build/Spatial Maker.app", drop a photo on it, save it: what do you see?'
	echo '  2. Finder, right click on a photo, Open With, Spatial Maker: does the photo arrive?'
	echo "  3. $out/spatial on a Vision Pro or in Photos: does it count as spatial?"
	echo "Send $report and the folder $out back."
} | tee -a "$report"
[ "$failed" = 0 ]
