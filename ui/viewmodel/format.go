package viewmodel

import (
	"math"
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

// Percent writes a part of 0..1; 100 % only when it is whole.
func (w *Words) Percent(part float64) string {
	n := int(math.Round(part * 100))
	if n == 100 && part < 1 {
		n = 99
	}
	return w.T("unit.percent", "n", n)
}
