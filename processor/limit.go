package processor

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"spatialmaker/processor/stereo"
)

// Limit is the most parallax before and behind the screen, in percent of the
// width of one eye; what comes near it is compressed. 0 is no limit.
type Limit struct{ Front, Behind float64 }

// ComfortLimit is what eyes bear on a screen seen from a normal distance.
var ComfortLimit = Limit{Front: stereo.ComfortCrossed, Behind: stereo.ComfortUncrossed}

// MaxShape is the most by which Options.Front and Behind make parallax larger,
// in percent.
const MaxShape = stereo.MaxShape

var errLimit = errors.New("must be off, comfort, or two numbers such as 2,2.5: percent of the width before and behind the screen")

// ParseLimit reads the words of --limit.
func ParseLimit(s string) (Limit, error) {
	switch s {
	case "", "off":
		return Limit{}, nil
	case "comfort":
		return ComfortLimit, nil
	}
	front, behind, ok := strings.Cut(s, ",")
	a, err1 := strconv.ParseFloat(strings.TrimSpace(front), 64)
	b, err2 := strconv.ParseFloat(strings.TrimSpace(behind), 64)
	if !ok || err1 != nil || err2 != nil || !(a >= 0 && a <= MaxStrength && b >= 0 && b <= MaxStrength) {
		return Limit{}, fmt.Errorf("%w --limit %q: %w", ErrOption, s, errLimit)
	}
	return Limit{a, b}, nil
}

// String gives what ParseLimit reads.
func (l Limit) String() string {
	switch l {
	case Limit{}:
		return "off"
	case ComfortLimit:
		return "comfort"
	}
	return strconv.FormatFloat(l.Front, 'f', -1, 64) + "," + strconv.FormatFloat(l.Behind, 'f', -1, 64)
}

// MarshalText writes the words of --limit.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads them.
func (l *Limit) UnmarshalText(b []byte) error {
	v, err := ParseLimit(string(b))
	if err == nil {
		*l = v
	}
	return err
}
