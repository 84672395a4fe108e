package scene

import (
	"context"
	"image"
	"math"

	"spatialmaker/processor/pix"
)

// Near is the depth that has nearness 1. Nothing is nearer to the camera in
// pictures from square to 3:1.
const Near = 2

// DefaultParallax is the disparity of nearness 1 in percent of the width, the
// default of --strength.
const DefaultParallax = 2.5

// Eye says from where the scene is seen: three parallel cameras in a row.
type Eye int

// The cameras.
const (
	Left   Eye = -1
	Centre Eye = 0
	Right  Eye = 1
)

// Options say when, and how far apart the eyes are.
type Options struct {
	Time     float64 // seconds into the animation
	Shot     int     // which of the camera's places; a change is a cut
	Parallax float64 // percent of the width between infinity and Near; 0: DefaultParallax
	Workers  int     // 0: as many as Go may use
}

// View is the scene as one camera sees it.
type View struct {
	Picture  *image.NRGBA
	Nearness []float32 // Near/z at the centre of each pixel, row by row; 0 is the sky
	Parallax float64   // percent, as rendered
}

// Disparity gives the pixels between the two eyes for a point of nearness d:
// what lies at x in the centre is at x+D/2 in the left and x-D/2 in the right.
//
// For parallel cameras a distance B apart, with a focal length of f pixels, a
// point at depth z is seen f*B/z pixels apart. B is chosen so that this is
// Parallax percent of the width w at z = Near, thus D = Parallax/100 * w * Near/z.
func (v *View) Disparity(d float32) float64 {
	return v.Parallax / 100 * float64(v.Picture.Rect.Dx()) * float64(d)
}

// camera has its axes in the world and the tangent of half its field of view.
type camera struct {
	at, right, up, ahead vec
	tan                  float64
}

// place gives the camera of a shot at a time, without any eye's offset.
func place(o Options) camera {
	// Half of 46 degrees: the field of a lens of 42 mm on 35 mm film.
	c := camera{at: vec{0.14, 1.2, -1.1}, tan: math.Tan(23 * math.Pi / 180)}
	pitch, yaw := -3.5*math.Pi/180, 0.0
	c.at.x += 0.35 * math.Sin(o.Time*0.5)
	if o.Shot%2 == 1 {
		c.at, pitch, yaw = vec{1.6 + 0.2*math.Sin(o.Time*0.7), 0.85, 0.4}, -2*math.Pi/180, -0.3
	}
	sy, cy := math.Sincos(yaw)
	sp, cp := math.Sincos(pitch)
	c.ahead = vec{sy * cp, sp, cy * cp}
	c.right = vec{cy, 0, -sy}
	c.up = c.ahead.cross(c.right)
	return c
}

// Render draws the scene, w pixels by h, as one eye sees it. It panics when a
// side is less than one pixel.
func Render(w, h int, o Options, eye Eye) *View {
	if o.Parallax == 0 {
		o.Parallax = DefaultParallax
	}
	v := &View{
		Picture:  image.NewNRGBA(image.Rect(0, 0, w, h)),
		Nearness: make([]float32, w*h),
		Parallax: o.Parallax,
	}
	cam := place(o)
	// f = (w/2)/tan pixels, so B = Parallax/100 * w * Near / f.
	baseline := o.Parallax / 100 * Near * 2 * cam.tan
	cam.at = cam.at.add(cam.right.mul(baseline / 2 * float64(eye)))
	r := &raster{lit: light(newGarden(o.Time)), camera: cam, view: v, w: w, h: h, pixel: 2 * cam.tan / float64(w)}
	r.sort()
	// Rows are independent of each other: the result does not depend on workers.
	_ = pix.Bands(context.Background(), pix.Workers(o.Workers), h, 8, func(_, y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				r.point(x, y)
			}
		}
	})
	return v
}

const tile = 8 // pixels

type raster struct {
	*lit
	camera
	view  *View
	w, h  int
	pixel float64 // angle of a pixel at the axis
	tiles *grid
}

// sort puts the things into tiles of the picture by their enclosing balls.
func (r *raster) sort() {
	r.tiles = newGrid(0, 0, float64(r.w), float64(r.h), tile)
	for i := range r.things {
		t := &r.things[i]
		o := t.centre.sub(r.at)
		x, y, z := o.dot(r.right), o.dot(r.up), o.dot(r.ahead)
		if z < -t.radius {
			continue
		}
		x0, x1 := span(x, z, t.radius)
		y0, y1 := span(y, z, t.radius)
		cx, cy := float64(r.w)/2, float64(r.h)/2
		r.tiles.add(i, cx+x0/r.pixel-1, cy-y1/r.pixel-1, cx+x1/r.pixel+1, cy-y0/r.pixel+1)
	}
}

// span bounds the slopes x/z of a ball at (x, z) with radius r.
func span(x, z, r float64) (lo, hi float64) {
	if z <= r*1.001 {
		return math.Inf(-1), math.Inf(1)
	}
	near, far := 1/(z-r), 1/(z+r)
	return min((x-r)*near, (x-r)*far), max((x+r)*near, (x+r)*far)
}

// ray starts at the camera through a place in the picture, in pixels.
func (r *raster) ray(x, y float64) vec {
	u := (x - float64(r.w)/2) * r.pixel
	v := (float64(r.h)/2 - y) * r.pixel
	return r.ahead.add(r.right.mul(u)).add(r.up.mul(v)).unit()
}

// first lists the four samples that every pixel gets, on a turned grid.
var first = [4][2]float64{{0.375, 0.125}, {0.875, 0.375}, {0.125, 0.625}, {0.625, 0.875}}

// point draws a pixel: its depth at the centre, its colour as a mean of 4
// samples, or of 20 where those disagree.
func (r *raster) point(x, y int) {
	px, py := float64(x), float64(y)
	among := r.tiles.at(px, py)
	if among == nil {
		among = []int32{}
	}
	centre := r.ray(px+0.5, py+0.5)
	what, far := r.look(r.at, centre, among)
	if what != -2 {
		r.view.Nearness[y*r.w+x] = float32(Near / (far * centre.dot(r.ahead)))
	}
	same, at := true, nowhere
	var sum, lo, hi vec
	for i, s := range first {
		got, c := r.sample(px+s[0], py+s[1], among, &at)
		same = same && got == what
		if i == 0 {
			lo, hi = c, c
		}
		lo = vec{min(lo.x, c.x), min(lo.y, c.y), min(lo.z, c.z)}
		hi = vec{max(hi.x, c.x), max(hi.y, c.y), max(hi.z, c.z)}
		sum = sum.add(c)
	}
	n := 4.0
	if d := hi.sub(lo); !same || max(d.x, d.y, d.z) > 0.12 {
		for i := range 16 {
			sx := (float64(i%4) + 0.125 + 0.25*float64(i/4)) / 4
			sy := (float64(i/4) + 0.125 + 0.25*float64(i%4)) / 4
			_, c := r.sample(px+sx, py+sy, among, &at)
			sum = sum.add(c)
		}
		n = 20
	}
	r.view.put(x, y, sum.mul(1/n))
}

func (r *raster) sample(x, y float64, among []int32, at *near) (int, vec) {
	dir := r.ray(x, y)
	what, far := r.look(r.at, dir, among)
	c := r.shade(r.at, dir, what, far, r.pixel/2, at, 2)
	// What is brighter than white counts as white, or edges would not be smooth.
	return what, vec{tone(c.x), tone(c.y), tone(c.z)}
}

// tone compresses light to 0..1 linear: straight in the shadows, a soft
// shoulder above.
func tone(v float64) float64 {
	v *= 0.62
	if v > 0.55 {
		v = 0.55 + 0.45*(1-math.Exp(-(v-0.55)/0.45))
	}
	return clamp01(v)
}

// put writes linear light as sRGB.
func (v *View) put(x, y int, c vec) {
	enc := func(l float64) uint8 {
		if l <= 0.0031308 {
			return uint8(255*12.92*l + 0.5)
		}
		return uint8(255*(1.055*math.Pow(l, 1/2.4)-0.055) + 0.5)
	}
	i := v.Picture.PixOffset(x, y)
	v.Picture.Pix[i], v.Picture.Pix[i+1], v.Picture.Pix[i+2], v.Picture.Pix[i+3] = enc(c.x), enc(c.y), enc(c.z), 255
}
