package viewmodel

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bytes writes a size in decimal units, as Finder and download pages do.
func (w *Words) Bytes(n int64) string {
	switch {
	case n < 0:
		return ""
	case n < 1000:
		return w.T("unit.b", "n", n)
	case n < 999_500:
		return w.T("unit.kb", "n", w.Number(float64(n)/1e3, 0))
	case n < 999_500_000:
		digits := 1
		if n >= 99_500_000 {
			digits = 0
		}
		return w.T("unit.mb", "n", w.Number(float64(n)/1e6, digits))
	}
	return w.T("unit.gb", "n", w.Number(float64(n)/1e9, 2))
}

// Left writes the time that work will still take, rounded the way one would
// say it: nobody believes 14 minutes and 37 seconds.
func (w *Words) Left(d time.Duration) string {
	s := int(math.Ceil(d.Seconds()))
	switch {
	case s <= 0:
		return ""
	case s < 10:
		return w.T("left.moments")
	case s < 60:
		return w.T("left.seconds", "n", (s+4)/5*5)
	case s < 90*60:
		return w.N("left.minutes", (s+30)/60)
	}
	return w.T("left.hours", "h", s/3600, "m", s%3600/60)
}

// Took writes how long something lasted.
func (w *Words) Took(d time.Duration) string {
	switch {
	case d < 100*time.Millisecond:
		return w.T("took.ms", "n", int(d.Milliseconds()))
	case d < time.Minute:
		return w.T("took.s", "n", w.Number(d.Seconds(), 1))
	}
	return w.Clock(d)
}

// Clock writes a place in a film: 1:02 or 1:02:03.
func (w *Words) Clock(d time.Duration) string {
	s := int64(d / time.Second)
	two := func(n int64) string {
		if n < 10 {
			return "0" + w.Count(n)
		}
		return w.Count(n)
	}
	if s >= 3600 {
		return w.Count(s/3600) + ":" + two(s/60%60) + ":" + two(s%60)
	}
	return w.Count(s/60) + ":" + two(s%60)
}

// Moment writes a place in a film so finely that frames can be told apart:
// 1:02.48.
func (w *Words) Moment(d time.Duration) string {
	h := d.Round(10 * time.Millisecond)
	part := strings.TrimPrefix(w.Number(float64(h%time.Second)/float64(time.Second), 2), "0")
	return w.Clock(h) + part
}

// Signed writes a number with its sign and the given digits after the point.
func (w *Words) Signed(v float64, digits int) string {
	s, zero := w.Number(math.Abs(v), digits), w.Number(0, digits)
	switch {
	case s == zero:
		return zero
	case v < 0:
		return "−" + s
	}
	return "+" + s
}

// Percent writes a part of 0..1; 100 % only when it is whole.
func (w *Words) Percent(part float64) string {
	n := int(math.Round(part * 100))
	if n == 100 && part < 1 {
		n = 99
	}
	return w.T("unit.percent", "n", n)
}

// ParseClock reads a place in a film as it is written on the command line: 90,
// 1:30 or 00:01:30.5. Empty is the beginning.
func ParseClock(s string) (time.Duration, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", ".")
	if s == "" {
		return 0, true
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	total := 0.0
	for i, p := range parts {
		v, err := strconv.ParseFloat(p, 64)
		last := i == len(parts)-1
		if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) || !last && v != math.Trunc(v) || i > 0 && v >= 60 {
			return 0, false
		}
		total = total*60 + v
	}
	if total > 1e6 { // eleven days: no film, and no Duration that overflows
		return 0, false
	}
	return time.Duration(math.Round(total*1e3)) * time.Millisecond, true
}

// ClockText writes what ParseClock reads; the beginning is empty.
func ClockText(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	s := d.Seconds()
	whole := int(s)
	text := fmt.Sprintf("%d:%02d", whole/60, whole%60)
	if whole >= 3600 {
		text = fmt.Sprintf("%d:%02d:%02d", whole/3600, whole/60%60, whole%60)
	}
	if rest := math.Round((s-float64(whole))*1e3) / 1e3; rest > 0 {
		text += strings.TrimPrefix(strconv.FormatFloat(rest, 'f', -1, 64), "0")
	}
	return text
}

// Device names what a network runs on, as depth.Description has it.
func (w *Words) Device(device string) string {
	switch device {
	case "cpu":
		return w.T("device.cpu")
	case "gpu":
		return w.T("device.gpu")
	case "neural engine":
		return w.T("device.neural_engine")
	}
	return device
}
