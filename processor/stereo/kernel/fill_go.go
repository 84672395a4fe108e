//go:build !cgo

package kernel

func fillBegin(g *FillGrid, y0, y1 int) { refFillBegin(g, y0, y1) }

func fillSweep(g *FillGrid, x0, x1 int, to *FillPlanes) { refFillSweep(g, x0, x1, to) }
