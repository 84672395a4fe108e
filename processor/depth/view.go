package depth

import (
	"image"
	"math"
)

// view is one look of the network at a picture: which part of it is sampled to
// which input size, and where in the input the part itself lies. What lies
// around it is the picture's border repeated, and is cut away from the answer.
type view struct {
	from  part
	w, h  int
	inner image.Rectangle
}

// view plans how the network sees part p of a picture.
func (s *signature) view(p part) view {
	pw, ph := p.x1-p.x0, p.y1-p.y0
	if s.FixedW == 0 {
		w, h := workingSize(max(int(pw), 1), max(int(ph), 1), s.ShortSide, s.Multiple)
		return view{from: p, w: w, h: h, inner: image.Rect(0, 0, w, h)}
	}
	v := view{from: p, w: s.FixedW, h: s.FixedH, inner: image.Rect(0, 0, s.FixedW, s.FixedH)}
	if s.Fit != Letterbox {
		return v
	}
	// The part takes a whole number of rows and columns, the larger scale wins.
	scale := math.Min(float64(v.w)/pw, float64(v.h)/ph)
	iw := max(min(int(math.Round(pw*scale)), v.w), 1)
	ih := max(min(int(math.Round(ph*scale)), v.h), 1)
	v.inner = image.Rect(0, 0, iw, ih).Add(image.Pt((v.w-iw)/2, (v.h-ih)/2))
	sx, sy := pw/float64(iw), ph/float64(ih)
	v.from.x0 -= float64(v.inner.Min.X) * sx
	v.from.y0 -= float64(v.inner.Min.Y) * sy
	v.from.x1 = v.from.x0 + float64(v.w)*sx
	v.from.y1 = v.from.y0 + float64(v.h)*sy
	return v
}

// crop moves the inner part of an answer of ow x oh values to its front and
// returns the part's size there.
func (v view) crop(values []float32, ow, oh int) (w, h int) {
	if v.inner.Dx() == v.w && v.inner.Dy() == v.h {
		return ow, oh
	}
	x0, x1 := v.inner.Min.X*ow/v.w, max(v.inner.Max.X*ow/v.w, v.inner.Min.X*ow/v.w+1)
	y0, y1 := v.inner.Min.Y*oh/v.h, max(v.inner.Max.Y*oh/v.h, v.inner.Min.Y*oh/v.h+1)
	w, h = x1-x0, y1-y0
	for y := range h {
		copy(values[y*w:(y+1)*w], values[(y0+y)*ow+x0:(y0+y)*ow+x1])
	}
	return w, h
}

// Shapes beyond these are looked at in tiles: what a network trained on
// photographs makes of a strip is worth little, and less when the cap on the
// long side makes it small as well.
const (
	widestFixed = 3.5 // of a fixed input
	tileAspect  = 2.0 // of a tile of a dynamic model
	tileFixed   = 1.5 // of a tile of a fixed one
	tileOverlap = 1 / 3.0
	mostTiles   = 24
)

// strip splits a picture of extreme shape into tiles along its long side, in
// order; nil when the network can look at it whole.
func (s *signature) strip(w, h int) []part {
	long, short := float64(max(w, h)), float64(min(w, h))
	aspect := long / short
	tile := tileAspect
	if s.FixedW > 0 {
		if aspect <= widestFixed {
			return nil
		}
		tile = tileFixed
	} else if aspect*float64(s.ShortSide) <= longCap+float64(s.Multiple)/2 {
		return nil
	}
	step := tile * (1 - tileOverlap)
	n := int(math.Ceil((aspect-tile)/step)) + 1
	if n > mostTiles {
		n = mostTiles
		tile = math.Min(aspect/(1+(mostTiles-1)*(1-tileOverlap)), aspect)
	}
	size := tile * short
	parts := make([]part, n)
	for i := range parts {
		at := (long - size) * float64(i) / float64(n-1)
		parts[i] = part{at, 0, at + size, short}
		if h > w {
			parts[i] = part{0, at, short, at + size}
		}
	}
	return parts
}
