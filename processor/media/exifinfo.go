package media

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf16"
)

// Tags of the GPS directory (EXIF 2.32, 4.6.6).
const (
	gpsLatRef  = 1
	gpsLat     = 2
	gpsLonRef  = 3
	gpsLon     = 4
	gpsAltRef  = 5
	gpsAlt     = 6
	degreeUnit = 3 // degrees, minutes, seconds
)

// cameraInfo reads what EXIF tells about the shot; nil without metadata.
func cameraInfo(m Metadata) *CameraInfo {
	c := &CameraInfo{EXIF: len(m.EXIF), XMP: len(m.XMP)}
	if c.EXIF == 0 && c.XMP == 0 {
		return nil
	}
	t, first, err := openTIFF(m.EXIF)
	if err != nil {
		return c
	}
	d, ok := t.directory(first)
	if !ok {
		return c
	}
	c.Make, c.Model, c.Software = t.text(&d, tagMake), t.text(&d, tagModel), t.text(&d, tagSoftware)
	stamp := t.text(&d, tagDateTime)
	if sub, ok := t.sub(&d, tagExifIFD); ok {
		c.Lens = t.text(&sub, tagLensModel)
		if original := t.text(&sub, tagTimeOriginal); original != "" {
			stamp = original
		}
		c.Time = isoTime(stamp, t.text(&sub, tagOffsetTime))
		if f, ok := sub.find(tagFocalLength); ok {
			v, _ := t.rational(f, 0)
			c.Focal = math.Round(v*100) / 100
		}
		c.Focal35 = float64(t.value(&sub, tagFocal35))
	} else {
		c.Time = isoTime(stamp, "")
	}
	if g, ok := t.sub(&d, tagGPSIFD); ok {
		c.GPS = t.position(&g)
	}
	return c
}

// isoTime turns EXIF's "2018:02:17 16:39:33" and "+09:00" into ISO 8601; ""
// for the blanks some cameras write.
func isoTime(stamp, zone string) string {
	date, clock, ok := strings.Cut(stamp, " ")
	if !ok || len(date) != 10 || strings.Trim(date, "0: ") == "" {
		return ""
	}
	if len(zone) != 6 {
		zone = ""
	}
	return strings.ReplaceAll(date, ":", "-") + "T" + clock + zone
}

// position reads a GPS directory; nil unless it has both coordinates.
func (t *tiffFile) position(d *directory) *GPS {
	lat, ok1 := t.degrees(d, gpsLat)
	lon, ok2 := t.degrees(d, gpsLon)
	if !ok1 || !ok2 {
		return nil
	}
	if strings.HasPrefix(t.text(d, gpsLatRef), "S") {
		lat = -lat
	}
	if strings.HasPrefix(t.text(d, gpsLonRef), "W") {
		lon = -lon
	}
	g := &GPS{Latitude: lat, Longitude: lon}
	if f, ok := d.find(gpsAlt); ok {
		if alt, ok := t.rational(f, 0); ok {
			if t.value(d, gpsAltRef) == 1 {
				alt = -alt
			}
			alt = math.Round(alt*100) / 100
			g.Altitude = &alt
		}
	}
	return g
}

// degrees reads degrees, minutes and seconds as degrees.
func (t *tiffFile) degrees(d *directory, tag uint16) (float64, bool) {
	f, ok := d.find(tag)
	if !ok || f.count < 1 {
		return 0, false
	}
	sum, unit := 0.0, 1.0
	for i := range min(f.count, degreeUnit) {
		v, ok := t.rational(f, i)
		if !ok {
			return 0, false
		}
		sum += v / unit
		unit *= 60
	}
	const micro = 1e6 // a tenth of a metre
	return math.Round(sum*micro) / micro, sum <= 180
}

// iccDescription returns the description in an ICC profile, "" without one.
func iccDescription(icc []byte) string {
	if len(icc) < 132 {
		return ""
	}
	r := &reader{b: icc, at: 128}
	for n := r.uint(4); n > 0 && !r.short; n-- {
		name := string(r.take(4))
		at, size := r.uint(4), r.uint(4)
		if name != "desc" || at > uint64(len(icc)) || size > uint64(len(icc))-at {
			continue
		}
		return iccText(icc[at : at+size])
	}
	return ""
}

// iccText reads a text of either profile version: ASCII, or UTF-16 in several
// languages, of which the first is taken.
func iccText(b []byte) string {
	r := &reader{b: b}
	kind := string(r.take(4))
	r.take(4)
	switch kind {
	case "desc":
		s, _, _ := bytes.Cut(r.take(min(int(r.uint(4)), r.left())), []byte{0})
		return string(bytes.ToValidUTF8(s, []byte("?")))
	case "mluc":
		r.take(12) // number of texts, size of an entry, language and country
		size, at := r.uint(4), r.uint(4)
		if r.short || at > uint64(len(b)) || size > uint64(len(b))-at {
			return ""
		}
		u := make([]uint16, size/2)
		for i := range u {
			u[i] = binary.BigEndian.Uint16(b[at+2*uint64(i):])
		}
		return strings.TrimRight(string(utf16.Decode(u)), "\x00")
	}
	return ""
}
