#!/bin/sh
# Renders assets/icon.png from assets/icon.svg; run by hand after the drawing
# has changed (Debian: librsvg2-bin, Homebrew: librsvg).
set -eu
cd "$(dirname "$0")/../assets"
rsvg-convert -w 1024 -h 1024 icon.svg -o icon.png.new
mv icon.png.new icon.png
