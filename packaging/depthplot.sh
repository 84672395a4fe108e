#!/bin/bash
# Draws docs/steady.png: depth over time with steadying off and on, for the two
# shared clips and a cut between them. Needs ffmpeg and `make run`'s set-up.
set -eu
cd "$(dirname "$0")/.."
media=${SPATIALMAKER_MEDIA:-../shared/media}/video
cut=$(mktemp -d)
trap 'rm -rf "$cut"' EXIT
ffmpeg -nostdin -v error -i "$media/src_indoor_1280x720.mp4" -i "$media/src_water_480x360.mp4" -filter_complex \
	"[0:v]trim=0:1.5,setpts=PTS-STARTPTS,scale=640:360,setsar=1,fps=30[a];[1:v]trim=0:1.5,setpts=PTS-STARTPTS,scale=640:360,setsar=1,fps=30[b];[a][b]concat=n=2:v=1:a=0[v]" \
	-map '[v]' -c:v libx264 -crf 18 "$cut/cut.mp4"
go run ./packaging/depthplot -o "${1:-docs/steady.png}" \
	"people indoors, camera moving"="$media/src_indoor_1280x720.mp4" \
	"brook, camera still"="$media/src_water_480x360.mp4" \
	"a cut between the two"="$cut/cut.mp4"
