package processor

import (
	"cmp"
	"errors"
	"math"
	"strconv"

	"spatialmaker/processor/depth"
)

// Detail says how closely the network looks at a photo.
type Detail string

// The words of --detail.
const (
	NormalDetail Detail = "normal" // the whole picture at once
	HighDetail   Detail = "high"   // and tiles of it, for about five times as long
)

// DepthSource says where a photo's depth comes from when the file holds one.
type DepthSource string

// The words of --depth-from.
const (
	AutoDepth  DepthSource = "auto"  // the file's, when it is as good as the network's
	ModelDepth DepthSource = "model" // the network's
	FileDepth  DepthSource = "file"  // the file's; without one it is an error
)

// detailTiles is how many tiles each way high detail takes.
const detailTiles = 2

// filmsAtOnce is how many frames of a film are in the network at a time, each
// with its share of the threads: 8 % more frames a second on two cores than one
// frame with both (design/facts.md G).
const filmsAtOnce = 2

// PhotoUse is how the network is used for photos.
func (o Options) PhotoUse() NetworkUse {
	w := NetworkUse{ShortSide: o.DepthSize}
	if o.Detail == HighDetail {
		w.Detail = detailTiles
	}
	return w
}

// FilmUse is how the network is used for films. High detail is for photos:
// a film would take five times as long, and show little of it.
func (o Options) FilmUse() NetworkUse {
	return NetworkUse{ShortSide: cmp.Or(o.DepthSize, depth.FilmShortSide), Parallel: filmsAtOnce}
}

var errSteady = errors.New("must be off, or a number from 0 (off) to 1 (strong)")

// ParseSteady reads "off" or a number from 0 to 1.
func ParseSteady(s string) (float64, error) {
	if s == "off" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 1 {
		return 0, errSteady
	}
	return v, nil
}

// FormatSteady gives the word or number that ParseSteady reads.
func FormatSteady(v float64) string {
	if v == 0 {
		return "off"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
