package media

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"slices"
	"time"
)

// EncodeGIF writes pictures of one size as a GIF that repeats for ever. order
// lists the pictures as they are shown, each for the time delay (in steps of
// 10 ms). They share one palette and are dithered by a fixed pattern, so that
// what stands still does not flicker.
func EncodeGIF(ctx context.Context, w io.Writer, pics []*image.RGBA, order []int, delay time.Duration) error {
	if len(pics) == 0 || len(order) == 0 {
		return fmt.Errorf("%w: a GIF without pictures", ErrEncode)
	}
	pal := newGIFPalette(pics)
	frames := make([]*image.Paletted, len(pics))
	for i, p := range pics {
		if err := ctx.Err(); err != nil {
			return err
		}
		frames[i] = pal.paint(p)
	}
	g := gif.GIF{Config: image.Config{ColorModel: pal.colours, Width: pics[0].Rect.Dx(), Height: pics[0].Rect.Dy()}}
	for _, at := range order {
		g.Image = append(g.Image, frames[at])
		g.Delay = append(g.Delay, int(delay/(10*time.Millisecond)))
		g.Disposal = append(g.Disposal, gif.DisposalNone)
	}
	if err := gif.EncodeAll(w, &g); err != nil {
		if cerr := ctx.Err(); cerr != nil {
			return cerr
		}
		return fmt.Errorf("%w: %w", ErrEncode, err)
	}
	return nil
}

// gifBits is how finely colours are counted and looked up, bits a component.
const (
	gifBits = 6
	gifCube = 1 << (3 * gifBits)
)

// gifPalette is a palette and the nearest of its colours for every cell of a
// coarse colour cube; -1 stands for one not looked up yet.
type gifPalette struct {
	colours color.Palette
	rgb     [][3]int
	nearest [gifCube]int16
	spread  int // how far the pattern moves a value, about the palette's step
}

func gifCell(r, g, b int) int {
	const drop = 8 - gifBits
	return r>>drop<<(2*gifBits) | g>>drop<<gifBits | b>>drop
}

// gifBox is a set of the colours that occur: one entry of the palette in the end.
type gifBox struct {
	cells []gifColour
	count int
}

type gifColour struct {
	rgb   [3]int
	count int
}

// newGIFPalette chooses 256 colours by median cut (P. Heckbert, "Color image
// quantization for frame buffer display", SIGGRAPH 1982) over all pictures.
func newGIFPalette(pics []*image.RGBA) *gifPalette {
	boxes := []gifBox{{cells: countColours(pics)}}
	for i := range boxes[0].cells {
		boxes[0].count += boxes[0].cells[i].count
	}
	for len(boxes) < 256 {
		best, score := -1, 0
		for i := range boxes {
			if _, span := boxes[i].widest(); span*boxes[i].count > score {
				best, score = i, span*boxes[i].count
			}
		}
		if best < 0 {
			break // every box holds one colour
		}
		a, b := boxes[best].cut()
		boxes[best] = a
		boxes = append(boxes, b)
	}
	p := &gifPalette{spread: 12}
	for i := range boxes {
		c := boxes[i].mean()
		p.rgb = append(p.rgb, c)
		p.colours = append(p.colours, color.RGBA{uint8(c[0]), uint8(c[1]), uint8(c[2]), 255})
	}
	if len(boxes) < 256 {
		p.spread = 0 // all colours are there as they are
	}
	for i := range p.nearest {
		p.nearest[i] = -1
	}
	return p
}

// countColours lists the means of the cells that occur.
func countColours(pics []*image.RGBA) (out []gifColour) {
	sums := make([]gifColour, gifCube)
	for _, m := range pics {
		for y := range m.Rect.Dy() {
			row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]
			for ; len(row) >= 4; row = row[4:] {
				r, g, b := int(row[0]), int(row[1]), int(row[2])
				c := &sums[gifCell(r, g, b)]
				c.rgb[0] += r
				c.rgb[1] += g
				c.rgb[2] += b
				c.count++
			}
		}
	}
	for _, c := range sums {
		if c.count > 0 {
			for i := range c.rgb {
				c.rgb[i] = (c.rgb[i] + c.count/2) / c.count
			}
			out = append(out, c)
		}
	}
	return out
}

// widest is the component in which the box spans most, and how much.
func (b *gifBox) widest() (component, span int) {
	lo, hi := [3]int{255, 255, 255}, [3]int{}
	for _, c := range b.cells {
		for i, v := range c.rgb {
			lo[i], hi[i] = min(lo[i], v), max(hi[i], v)
		}
	}
	for i := range 3 {
		if d := hi[i] - lo[i]; d > span {
			component, span = i, d
		}
	}
	return component, span
}

// cut parts the box in its widest component where half of its pixels lie.
func (b *gifBox) cut() (lower, upper gifBox) {
	k, _ := b.widest()
	slices.SortFunc(b.cells, func(x, y gifColour) int { return cmp.Compare(x.rgb[k], y.rgb[k]) })
	at, sum := 0, 0
	for at < len(b.cells)-1 && (at == 0 || sum+b.cells[at].count <= b.count/2) {
		sum += b.cells[at].count
		at++
	}
	return gifBox{b.cells[:at], sum}, gifBox{b.cells[at:], b.count - sum}
}

func (b *gifBox) mean() (out [3]int) {
	n := max(1, b.count)
	for i := range out {
		for _, c := range b.cells {
			out[i] += c.rgb[i] * c.count
		}
		out[i] = (out[i] + n/2) / n
	}
	return out
}

// bayer is the 8x8 pattern of ordered dithering: 0..63, neighbours far apart.
var bayer = func() (m [8][8]int) {
	for y := range 8 {
		for x := range 8 {
			for bit := range 3 {
				m[y][x] = m[y][x]<<2 | (x>>bit^y>>bit)&1<<1 | y>>bit&1
			}
		}
	}
	return m
}()

// paint gives every pixel an entry of the palette.
func (p *gifPalette) paint(m *image.RGBA) *image.Paletted {
	out := image.NewPaletted(image.Rect(0, 0, m.Rect.Dx(), m.Rect.Dy()), p.colours)
	for y := range m.Rect.Dy() {
		row, dst := m.Pix[y*m.Stride:], out.Pix[y*out.Stride:]
		for x := range m.Rect.Dx() {
			shift := (bayer[y&7][x&7]*2 - 63) * p.spread / 128
			moved := func(v uint8) int { return min(255, max(0, int(v)+shift)) }
			dst[x] = uint8(p.find(moved(row[4*x]), moved(row[4*x+1]), moved(row[4*x+2])))
		}
	}
	return out
}

// find is the entry nearest to a colour, green counting most as in the eye.
func (p *gifPalette) find(r, g, b int) int16 {
	cell := gifCell(r, g, b)
	if at := p.nearest[cell]; at >= 0 {
		return at
	}
	best := math.MaxInt
	for i, c := range p.rgb {
		dr, dg, db := c[0]-r, c[1]-g, c[2]-b
		if d := 2*dr*dr + 4*dg*dg + 3*db*db; d < best {
			best, p.nearest[cell] = d, int16(i)
		}
	}
	return p.nearest[cell]
}
