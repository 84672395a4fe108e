package scene

import "math"

// grid sorts things into the cells of a plane, so that a ray meets only what
// could lie in its way.
type grid struct {
	x0, y0, step float64
	nx, ny       int
	cells        [][]int32
}

func newGrid(x0, y0, x1, y1, step float64) *grid {
	g := &grid{x0: x0, y0: y0, step: step}
	g.nx, g.ny = int(math.Ceil((x1-x0)/step)), int(math.Ceil((y1-y0)/step))
	g.cells = make([][]int32, g.nx*g.ny)
	return g
}

// add puts thing i into every cell that the rectangle touches.
func (g *grid) add(i int, x0, y0, x1, y1 float64) {
	cell := func(v, origin float64, n int) int {
		return int(min(max(math.Floor((v-origin)/g.step), -1), float64(n)))
	}
	cx0, cx1 := cell(x0, g.x0, g.nx), cell(x1, g.x0, g.nx)
	cy0, cy1 := cell(y0, g.y0, g.ny), cell(y1, g.y0, g.ny)
	for y := max(cy0, 0); y <= min(cy1, g.ny-1); y++ {
		for x := max(cx0, 0); x <= min(cx1, g.nx-1); x++ {
			g.cells[y*g.nx+x] = append(g.cells[y*g.nx+x], int32(i))
		}
	}
}

// at lists the things whose cell holds the point; outside of the grid none.
func (g *grid) at(x, y float64) []int32 {
	x, y = math.Floor((x-g.x0)/g.step), math.Floor((y-g.y0)/g.step)
	if x < 0 || y < 0 || x >= float64(g.nx) || y >= float64(g.ny) {
		return nil
	}
	return g.cells[int(y)*g.nx+int(x)]
}
