//go:build !cgo

package kernel

func open(out []Opening, runs []Run, r *OpenRow) { refOpen(out, runs, r) }
