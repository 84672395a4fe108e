package main

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The look of the picture, in pixels.
const (
	panelW, panelH = 520, 170
	left, top      = 56, 34
	gap            = 62
)

var (
	paper = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{40, 40, 40, 255}
	faint = color.RGBA{222, 222, 222, 255}
	off   = color.RGBA{214, 96, 77, 255}
	on    = color.RGBA{33, 102, 172, 255}
)

// draw puts the clips below each other: range on the left, change on the right.
func draw(rows []row) *image.RGBA {
	w := 2*(left+panelW) + 20
	im := image.NewRGBA(image.Rect(0, 0, w, top+len(rows)*(panelH+gap)-gap+24))
	fill(im, im.Bounds(), paper)
	for i, r := range rows {
		y := top + i*(panelH+gap)
		text(im, left, y-16, r.name+": depth range (5 to 95 % of the values)", ink)
		text(im, 2*left+panelW, y-16, "mean change of a pixel from frame to frame", ink)
		text(im, left+panelW-150, y-4, "steadying off", off)
		text(im, left+panelW-50, y-4, "on", on)
		a := panel{im, image.Rect(left, y, left+panelW, y+panelH), 1, len(r.low[0])}
		a.axes(r.cuts)
		for k, c := range []color.RGBA{off, on} {
			a.line(r.low[k], c)
			a.line(r.high[k], c)
		}
		most := 0.0
		for k := range r.change {
			for _, v := range r.change[k] {
				if !math.IsNaN(v) {
					most = math.Max(most, v)
				}
			}
		}
		b := panel{im, image.Rect(2*left+panelW, y, 2*(left+panelW), y+panelH), roundTop(most), len(r.low[0])}
		b.axes(r.cuts)
		for k, c := range []color.RGBA{off, on} {
			b.line(r.change[k], c)
		}
	}
	return im
}

// panel is a field with 0..top upwards and frames to the right.
type panel struct {
	im  *image.RGBA
	r   image.Rectangle
	top float64
	n   int
}

// roundTop is the next number above v whose quarters are easy to read.
func roundTop(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(math.Max(v, 1e-6))))
	for _, k := range []float64{1, 2, 4, 8} {
		if k*unit >= v {
			return k * unit
		}
	}
	return 10 * unit
}

func (p panel) at(i int, v float64) (x, y float64) {
	return float64(p.r.Min.X) + float64(i)/float64(max(p.n-1, 1))*float64(p.r.Dx()-1),
		float64(p.r.Max.Y-1) - v/p.top*float64(p.r.Dy()-1)
}

func (p panel) axes(cuts []int) {
	for k := range 5 {
		v := p.top * float64(k) / 4
		_, y := p.at(0, v)
		fill(p.im, image.Rect(p.r.Min.X, int(y), p.r.Max.X, int(y)+1), faint)
		text(p.im, p.r.Min.X-48, int(y)+4, fmt.Sprintf("%.3g", v), ink)
	}
	for i := 0; i < p.n; i += 15 {
		x, _ := p.at(i, 0)
		text(p.im, int(x)-4, p.r.Max.Y+14, fmt.Sprint(i), ink)
	}
	for _, i := range cuts {
		x, _ := p.at(i, 0)
		fill(p.im, image.Rect(int(x), p.r.Min.Y, int(x)+1, p.r.Max.Y), color.RGBA{150, 150, 150, 255})
		text(p.im, int(x)+4, (p.r.Min.Y+p.r.Max.Y)/2, "cut", ink)
	}
}

// line joins a curve's points; it is broken where there is no value.
func (p panel) line(c curve, col color.RGBA) {
	for i := 1; i < len(c); i++ {
		if math.IsNaN(c[i-1]) || math.IsNaN(c[i]) {
			continue
		}
		x0, y0 := p.at(i-1, c[i-1])
		x1, y1 := p.at(i, c[i])
		steps := math.Max(math.Abs(x1-x0), math.Abs(y1-y0))*2 + 1
		for k := 0.0; k <= steps; k++ {
			x, y := x0+(x1-x0)*k/steps, y0+(y1-y0)*k/steps
			fill(p.im, image.Rect(int(x), int(y), int(x)+2, int(y)+2), col)
		}
	}
}

func fill(im *image.RGBA, r image.Rectangle, c color.RGBA) {
	r = r.Intersect(im.Bounds())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			im.SetRGBA(x, y, c)
		}
	}
}

func text(im *image.RGBA, x, y int, s string, c color.RGBA) {
	d := font.Drawer{Dst: im, Src: image.NewUniform(c), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(s)
}
