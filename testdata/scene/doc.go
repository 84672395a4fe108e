// Package scene draws the project's own sample picture: a small ray-traced toy
// garden whose depth and both true eyes are known exactly. `make demo` converts
// it and tests hold rendered eyes against it.
//
// It lies under testdata because it is no part of the program. The go command
// leaves such folders out of ./..., so the Makefile names it; importing
// spatialmaker/testdata/scene works as usual.
//
// Everything is computed from the arguments alone: the same call gives the same
// bytes on every machine of one architecture, whatever the number of workers.
// All functions may be called from several goroutines.
package scene
