//go:build !cgo

package kernel

func rampLevels(p *Ramp, y0, y1 int, s, near, far, mid, mix, d0, d1 []float32, flag []uint8, tmp []float32) {
	refRampLevels(p, y0, y1, s, near, far, mid, mix, d0, d1, flag, tmp)
}

func rampDilate(p *Ramp, y0, y1 int, dst, src []uint8, reach int) {
	refRampDilate(p, y0, y1, dst, src, reach)
}

func rampResidual(p *Ramp, y0, y1 int, s, d, res []float32, live []uint8, tmp []float32) {
	refRampResidual(p, y0, y1, s, d, res, live, tmp)
}

func rampBlurred(p *Ramp, y0, y1 int, s, dst, b, tmp []float32) {
	refRampBlurred(p, y0, y1, s, dst, b, tmp)
}

func rampGather(p *Ramp, y0, y1 int, s, d, res, near, far, mid, dn []float32, flag []uint8) {
	refRampGather(p, y0, y1, s, d, res, near, far, mid, dn, flag)
}

func rampFields(p *Ramp, y0, y1 int, s, d []float32, c [3][]float32, near, far, mid, mix []float32, flag, live []uint8, fields []float32) {
	refRampFields(p, y0, y1, s, d, c, near, far, mid, mix, flag, live, fields)
}

func rampPick(dst []float32, live []uint8, columns []int32, from *Samples) {
	refPick(dst, live, columns, from)
}

func rampLoad(row, from []float32) { refRampLoad(row, from) }

func rampRow(dst, a, b []float32, fy float32, index []int32, fx, tmp []float32) {
	refRampRow(dst, a, b, fy, index, fx, tmp)
}

func rampDraw(p *Ramp, dst []float32, z *Zoom, fields []float32, flag []uint8) {
	refRampDraw(p, dst, z, fields, flag)
}
