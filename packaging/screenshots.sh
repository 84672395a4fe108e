#!/bin/sh
# Makes the pictures of README.md: docs/sample.jpg from the sample scene with its
# true depth, and docs/screenshots from the window. Run by `make screenshots`.
set -eu
cd "$(dirname "$0")/.."
out=build/screenshots
mkdir -p "$out"
go run ./testdata/scene/cmd/drawscene -o "$out/sample.png" -size 1280x960 -truth
build/spatialmaker convert "$out/sample.png" --depth-map "$out/sample_depth.png" -f anaglyph --strength 3 \
	-o "$out" --overwrite -q
ffmpeg -nostdin -v error -y -i "$out/sample.png" -i "$out/sample_depth.png" -i "$out/sample_redcyan.png" -filter_complex \
	'[0]scale=480:-2:flags=area[a];[1]format=gray16,curves=all=0/0 0.35/0.7 0.65/1,format=gbrp,scale=480:-2:flags=area[b];[2]scale=480:-2:flags=area[c];[a][b][c]hstack=3,format=yuvj420p' \
	-q:v 3 docs/sample.jpg
echo docs/sample.jpg

# The window in several states, drawn without a screen.
# Fyne forgets what it has not drawn for a minute, which a busy machine may take.
FYNE_CACHE=1h go run -tags ci,nodynamic ./ui/view/screenshots -o docs/screenshots
