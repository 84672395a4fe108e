#!/bin/sh
# Collects the licence texts of everything in the program into a folder:
#   packaging/licences.sh TAGS FOLDER
# They are taken from the very module versions that are built in.
set -eu
tags=$1
out=$2
cd "$(dirname "$0")/.."
rm -rf "$out"
mkdir -p "$out"
cp LICENSE "$out/spatialmaker.txt"
cp THIRD_PARTY.md "$out/"
cp "$(go env GOROOT)/LICENSE" "$out/go.txt"
cp build/runtime/LICENSE.onnxruntime "$out/onnxruntime.txt"
cp build/runtime/LICENSE.fastdepth "$out/fastdepth.txt"
go list -deps -tags "$tags" -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' . | sort -u |
	while read -r path dir; do
		name=$(printf %s "$path" | tr '/' '_')
		found=no
		# The embedded C libraries and fonts keep theirs in folders of the module.
		for file in "$dir"/LICENSE* "$dir"/COPYING* "$dir"/NOTICE* "$dir"/lib/LICENSE* "$dir"/theme/font/LICENSE* "$dir"/glfw/LICENSE*; do
			[ -f "$file" ] || continue
			found=yes
			inner=$(printf %s "${file#"$dir"/}" | tr '/' '_')
			cp "$file" "$out/${name}_$inner"
		done
		[ $found = yes ] || { echo "licences: $path has none" >&2; exit 1; }
	done
chmod 644 "$out"/*
