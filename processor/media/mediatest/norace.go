//go:build !race

package mediatest

// Race is true where the race detector watches, under which everything takes
// ten times as long: tests then take smaller pictures and fewer of a kind, the
// rest being looked at without it.
const Race = false
