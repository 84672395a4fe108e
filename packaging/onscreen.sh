#!/bin/sh
# Runs a program on a screen of its own and takes a picture of it:
#   packaging/onscreen.sh WIDTHxHEIGHT SECONDS PICTURE COMMAND...
set -eu
size=$1
seconds=$2
picture=$3
shift 3
number=$(mktemp)
# It must not begin anew when the program has only looked whether it is there.
Xvfb -displayfd 3 -screen 0 "${size}x24" -nolisten tcp -noreset 3>"$number" 2>/dev/null &
screen=$!
trap 'kill "$program" "$screen" 2>/dev/null || true; rm -f "$number"' EXIT
program=$screen
until [ -s "$number" ]; do
	kill -0 "$screen" 2>/dev/null || { echo 'onscreen: Xvfb did not start' >&2; exit 1; }
	sleep 0.1
done
DISPLAY=:$(cat "$number")
export DISPLAY
LIBGL_ALWAYS_SOFTWARE=1 "$@" &
program=$!
# There is no word from the program that a preview is finished; the picture is
# for people, who can see whether it was.
sleep "$seconds"
kill -0 "$program" 2>/dev/null || { echo "onscreen: $1 ended by itself" >&2; exit 1; }
ffmpeg -nostdin -v error -y -f x11grab -draw_mouse 0 -video_size "$size" -i "$DISPLAY" -frames:v 1 "$picture"
