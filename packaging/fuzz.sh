#!/bin/sh
# Runs every fuzz test for a while: packaging/fuzz.sh TIME PACKAGE...
# The go command fuzzes one function of one package at a time.
set -eu
time=$1
shift
"${GO:-go}" list -tags "$TAGS" -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' "$@" |
	while read -r package; do
		# Listing compiles the tests: only do it where a fuzz test is written.
		dir=$("${GO:-go}" list -tags "$TAGS" -f '{{.Dir}}' "$package")
		grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | sed 's/^func //' | sort |
			while read -r target; do
				echo "== $package $target"
				"${GO:-go}" test -tags "$TAGS" -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
			done
	done
